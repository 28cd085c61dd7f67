use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, _request: &str) -> u32 {
        1
    }

    #[endpoint]
    async fn bytes(&self, _request: &[u8]) -> u32 {
        1
    }
}

fn main() {}
