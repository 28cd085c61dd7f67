use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn count(&self) -> impl Iterator<Item = u32> {
        [1].into_iter()
    }
}

fn main() {}
