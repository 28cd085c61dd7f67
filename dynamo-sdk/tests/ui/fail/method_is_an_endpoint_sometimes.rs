use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[cfg_attr(unix, endpoint)]
    async fn say(&self) {}
}

fn main() {}
