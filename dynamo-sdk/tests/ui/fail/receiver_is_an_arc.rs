use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(self: std::sync::Arc<Self>, request: u32) -> u32 {
        request
    }
}

fn main() {}
