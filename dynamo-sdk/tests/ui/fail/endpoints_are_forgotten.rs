use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
