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
    async fn lent(&self, lent: &[&str]) {
        drop(lent);
    }

    #[endpoint]
    async fn lent_shown(&self, shown: &dyn std::fmt::Display) {
        drop(shown);
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
