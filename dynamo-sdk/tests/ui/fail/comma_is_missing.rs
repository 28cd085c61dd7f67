use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(name = "a" stream)]
    async fn say(&self) -> dynamo_sdk::ResponseStream<u32> {
        loop {}
    }
}

fn main() {}
