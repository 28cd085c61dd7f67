use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn numbers(&self) -> Box<dyn Stream<Item = u32> + Send> {
        Box::new(stream::iter([1]))
    }
}

fn main() {}
