use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(canary = "one")]
    async fn double(&self, number: u32) -> u32 {
        2 * number
    }
}

fn main() {}
