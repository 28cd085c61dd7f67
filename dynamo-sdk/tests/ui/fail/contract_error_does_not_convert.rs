use dynamo_sdk::prelude::*;

pub struct Wrong;

#[component(namespace = "demo")]
pub trait Backend {
    #[endpoint]
    async fn say(&self, text: String) -> Result<String, Wrong>;
}

fn main() {}
