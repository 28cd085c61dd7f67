use dynamo_sdk::prelude::*;

struct Refused;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) -> Result<u32, Refused> {
        Err(Refused)
    }
}

fn main() {}
