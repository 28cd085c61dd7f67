use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, request: impl Into<u32>) -> u32 {
        request.into()
    }
}

fn main() {}
