use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Watcher;

#[endpoints]
impl Watcher {
    #[subscribe(topic = "load")]
    async fn on_load(&self, load: u32) -> bool {
        load > 0
    }
}

fn main() {}
