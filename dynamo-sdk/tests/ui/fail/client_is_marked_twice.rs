use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo {
    #[client]
    #[client]
    other: OtherClient,
}

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

#[component(namespace = "demo")]
struct Other;

#[endpoints]
impl Other {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
