use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn add(&self, _request: dynamo_sdk::RequestStream) -> u32 {
        1
    }
}

fn main() {}
