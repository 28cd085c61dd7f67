use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct _Echo;

#[endpoints]
impl _Echo {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
