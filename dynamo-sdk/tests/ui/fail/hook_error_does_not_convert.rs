use dynamo_sdk::prelude::*;

struct Cold;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}

    #[on_start]
    async fn warm_up(&self) -> Result<(), Cold> {
        Err(Cold)
    }

    #[subscribe(topic = "load")]
    async fn on_load(&self, load: u32) -> Result<(), Cold> {
        drop(load);
        Err(Cold)
    }
}

fn main() {}
