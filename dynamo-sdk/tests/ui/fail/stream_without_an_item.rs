use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn count(&self) -> impl Stream {
        stream::iter([1])
    }
}

fn main() {}
