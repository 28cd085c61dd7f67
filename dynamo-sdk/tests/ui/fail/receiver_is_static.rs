use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&'static self) {}

    #[endpoint]
    async fn tell(self: &'static Self) {}
}

fn main() {}
