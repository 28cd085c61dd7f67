use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) -> u32 {
        self.
    }

    #[endpoint]
    async fn tell(&self) -> u32 {
        2
    }
}

fn main() {}
