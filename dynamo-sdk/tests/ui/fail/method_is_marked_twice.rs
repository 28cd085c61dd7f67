use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
