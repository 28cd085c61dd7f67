use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) -> std::io::Result<u32> {
        Ok(1)
    }
}

fn main() {}
