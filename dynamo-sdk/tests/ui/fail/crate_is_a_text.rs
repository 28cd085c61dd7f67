use dynamo_sdk::prelude::*;

#[component(namespace = "demo", crate = "renamed::sdk")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
