use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, cx: String, request: u32) -> u32 {
        drop(cx);
        request
    }
}

fn main() {}
