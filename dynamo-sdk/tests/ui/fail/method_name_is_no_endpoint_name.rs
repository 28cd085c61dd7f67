use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    #[allow(non_snake_case)]
    async fn sayIt(&self) {}
}

fn main() {}
