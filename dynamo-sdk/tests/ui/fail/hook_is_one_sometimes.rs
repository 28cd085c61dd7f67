use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}

    #[cfg_attr(all(unix, feature = "warm"), on_start)]
    async fn warm_up(&self) {}
}

fn main() {}
