use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(name = say)]
    async fn say(&self) {}
}

fn main() {}
