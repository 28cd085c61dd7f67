use dynamo_sdk::prelude::*;

type Meta = Vec<u8>;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, cx: Meta, request: u32) -> u32 {
        drop(cx);
        request
    }
}

fn main() {}
