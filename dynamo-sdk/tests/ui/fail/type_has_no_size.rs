use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn bytes(&self, bytes: [u8]) {
        unreachable!()
    }

    #[endpoint]
    async fn text(&self, text: str) {
        unreachable!()
    }

    #[endpoint]
    async fn shown(&self, shown: dyn std::fmt::Display) {
        unreachable!()
    }

    #[endpoint]
    async fn gives(&self) -> str {
        unreachable!()
    }

    #[endpoint]
    async fn streams(&self) -> dyn Stream<Item = u32> {
        unreachable!()
    }
}

fn main() {
        unreachable!()
    }
