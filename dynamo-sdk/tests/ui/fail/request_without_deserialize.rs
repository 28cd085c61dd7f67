use dynamo_sdk::prelude::*;

struct Plain;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, request: Plain) -> u32 {
        drop(request);
        1
    }
}

fn main() {}
