use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(timeout = 5)]
    async fn number(&self) {}

    #[endpoint(timeout = "5 parsecs")]
    async fn unit(&self) {}

    #[endpoint(queue = 3)]
    async fn queue_alone(&self) {}

    #[endpoint(max_in_flight = 0)]
    async fn nobody(&self) {}

    #[endpoint(on_disconnect = panic)]
    async fn word(&self) {}

    #[endpoint(on_disconnect = stop)]
    async fn deaf(&self) {}

    #[endpoint(cpu = true)]
    async fn flag(&self) {}
}

fn main() {}
