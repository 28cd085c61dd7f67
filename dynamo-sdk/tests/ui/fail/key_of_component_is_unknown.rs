use dynamo_sdk::prelude::*;

#[component(namespase = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
