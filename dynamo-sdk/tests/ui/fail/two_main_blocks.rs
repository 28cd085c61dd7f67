use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

#[endpoints]
impl Echo {
    #[endpoint]
    async fn stop(&self) {}
}

fn main() {}
