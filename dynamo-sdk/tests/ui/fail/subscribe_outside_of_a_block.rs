use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Watcher;

impl Watcher {
    #[subscribe(topic = "load")]
    async fn on_load(&self, load: u32) {
        drop(load);
    }
}

fn main() {}
