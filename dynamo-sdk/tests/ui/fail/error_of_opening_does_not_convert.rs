use dynamo_sdk::prelude::*;

struct Refused;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn count(&self) -> Result<impl Stream<Item = u32>, Refused> {
        Ok(stream::iter([1]))
    }
}

fn main() {}
