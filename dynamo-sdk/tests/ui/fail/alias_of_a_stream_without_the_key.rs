use dynamo_sdk::prelude::*;

type Numbers = BoxStream<'static, u32>;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn count(&self) -> Numbers {
        stream::iter([1]).boxed()
    }
}

fn main() {}
