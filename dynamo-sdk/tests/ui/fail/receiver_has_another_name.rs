use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(this: &Self, text: String) -> String {
        text
    }
}

fn main() {}
