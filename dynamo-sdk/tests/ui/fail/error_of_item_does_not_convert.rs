use dynamo_sdk::prelude::*;

struct Refused;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn count(&self) -> impl Stream<Item = Result<u32, Refused>> {
        stream::iter([Ok(1)])
    }
}

fn main() {}
