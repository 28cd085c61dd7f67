use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
pub trait Backend {
    #[endpoint]
    async fn say(&self, text: String) -> Result<String, CallError>;

    #[on_start]
    async fn warm_up(&self) {}
}

fn main() {}
