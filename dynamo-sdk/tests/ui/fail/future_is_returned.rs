use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, request: u32) -> impl Future<Output = u32> {
        async move { request }
    }
}

fn main() {}
