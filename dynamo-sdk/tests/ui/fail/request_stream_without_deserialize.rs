use dynamo_sdk::prelude::*;

#[derive(serde::Serialize)]
struct Opaque;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn sum(&self, _numbers: RequestStream<Opaque>) -> u64 {
        1
    }
}

fn main() {}
