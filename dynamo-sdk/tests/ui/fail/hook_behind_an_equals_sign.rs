use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}

    #[on_start = "first"]
    async fn warm_up(&self) {}
}

fn main() {}
