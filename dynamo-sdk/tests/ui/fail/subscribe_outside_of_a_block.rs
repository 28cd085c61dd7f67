use dynamo_sdk::prelude::*;
use dynamo_sdk::subscribe;

#[component(namespace = "demo")]
struct Watcher;

impl Watcher {
    #[subscribe(topic = "load")]
    async fn on_load(&self, load: u32) {
        drop(load);
    }
}

fn main() {}
