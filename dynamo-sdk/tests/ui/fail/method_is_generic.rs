use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say<T: Into<u32>>(&self, request: T) -> u32 {
        request.into()
    }
}

fn main() {}
