use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}

    #[health]
    async fn health(&self) -> u32 {
        1
    }
}

fn main() {}
