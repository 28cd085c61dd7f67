use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
trait Backend {
    #[endpoint]
    async fn say(&self, text: String) -> Result<String, CallError>;

    #[subscribe(topic = "load")]
    async fn on_load(&self, load: u32);
}

fn main() {}
