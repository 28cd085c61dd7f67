use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Default for Echo {
    fn default() -> Self {
        Self
    }
}

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
