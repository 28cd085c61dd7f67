use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(steam)]
    async fn say(&self) {}

    #[endpoint(colour = 3)]
    async fn other(&self) {}
}

fn main() {}
