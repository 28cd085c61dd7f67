use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}

    #[endpoint(name = "say")]
    async fn tell(&self) {}
}

fn main() {}
