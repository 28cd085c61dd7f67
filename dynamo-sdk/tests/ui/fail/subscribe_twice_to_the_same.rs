use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Watcher;

#[endpoints]
impl Watcher {
    #[subscribe(topic = "load")]
    async fn on_load(&self, load: u32) {
        drop(load);
    }

    #[subscribe(topic = "load", scope = component)]
    async fn on_load_too(&self, load: u32) {
        drop(load);
    }
}

fn main() {}
