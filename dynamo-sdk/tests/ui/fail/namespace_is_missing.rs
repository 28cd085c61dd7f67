use dynamo_sdk::prelude::*;

#[component]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
