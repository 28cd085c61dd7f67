use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

fn call(echo: &EchoClient) {
    drop(echo.sing());
}

fn main() {}
