use async_trait::async_trait;
use dynamo_sdk::prelude::*;

#[async_trait]
#[component(namespace = "demo")]
trait Above {
    #[endpoint]
    async fn say(&self, text: String) -> Result<String, CallError>;

    #[endpoint]
    async fn shout(&self, text: String) -> Result<String, CallError>;
}

#[component(namespace = "demo")]
#[async_trait]
trait Below {
    #[endpoint]
    async fn say(&self, text: String) -> Result<String, CallError>;
}

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
#[async_trait::async_trait]
impl Echo {
    #[endpoint]
    async fn say(&self, text: String) -> String {
        text
    }
}

fn main() {}
