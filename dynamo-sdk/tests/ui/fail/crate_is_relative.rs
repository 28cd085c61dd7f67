use dynamo_sdk::prelude::*;

#[component(namespace = "demo", crate = super::sdk)]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
