use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn takes(&self, request: _) {
        drop(request);
    }

    #[endpoint]
    async fn takes_many(&self, requests: Vec<impl Into<String>>) {
        drop(requests);
    }

    #[endpoint]
    async fn gives(&self) -> Result<Option<_>> {
        Ok(Some(1))
    }

    #[endpoint]
    async fn opens(&self) -> Option<impl Stream<Item = u32>> {
        Some(stream::iter([1]))
    }
}

fn main() {}
