use dynamo_sdk::prelude::*;

struct Plain;

#[component(namespace = "demo")]
trait Backend {
    #[endpoint]
    async fn say(&self, request: Plain) -> Result<Plain, CallError>;

    #[endpoint]
    async fn words(&self, request: String) -> Result<ResponseStream<Plain>, CallError>;
}

fn main() {}
