use dynamo_sdk::prelude::*;

struct Echo;

#[endpoints]
impl &Echo {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
