use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
#[component(namespace = "other")]
struct Echo;

#[endpoints]
#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

#[component(namespace = "demo")]
#[component(namespace = "other")]
trait Backend {
    #[endpoint]
    async fn say(&self) -> Result<(), CallError>;
}

fn main() {}
