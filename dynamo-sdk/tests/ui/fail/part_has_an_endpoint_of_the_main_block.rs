use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints(parts(admin))]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

#[endpoints(part = admin)]
impl Echo {
    #[endpoint(name = "say")]
    async fn stop(&self) {}
}

fn main() {}
