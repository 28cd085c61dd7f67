use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    fn say(&self, request: u32) -> u32 {
        request
    }
}

fn main() {}
