use dynamo_sdk::prelude::*;

struct Plain;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn count(&self) -> impl Stream<Item = Plain> {
        stream::iter([Plain])
    }
}

fn main() {}
