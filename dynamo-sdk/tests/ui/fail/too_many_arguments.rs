use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn add(&self, _cx: Context, a: u32, b: u32) -> u32 {
        a + b
    }
}

fn main() {}
