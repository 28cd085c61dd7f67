use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(stream)]
    async fn count(&self) -> Vec<u32> {
        Vec::new()
    }
}

fn main() {}
