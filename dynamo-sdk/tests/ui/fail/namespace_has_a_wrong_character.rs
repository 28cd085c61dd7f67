use dynamo_sdk::prelude::*;

#[component(namespace = "de mo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
