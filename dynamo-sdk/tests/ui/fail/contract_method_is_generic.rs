use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
pub trait Backend {
    #[endpoint]
    async fn say<T>(&self, request: T) -> Result<T, CallError>;
}

fn main() {}
