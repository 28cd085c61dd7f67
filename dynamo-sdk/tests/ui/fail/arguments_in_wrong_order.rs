use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, request: u32, _cx: Context) -> u32 {
        request
    }
}

fn main() {}
