use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(name = "a", name = "b")]
    async fn say(&self) {}
}

fn main() {}
