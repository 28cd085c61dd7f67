use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints(parts(admin, admin))]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

#[endpoints(part = admin)]
impl Echo {
    #[endpoint]
    async fn stop(&self) {}
}

fn main() {}
