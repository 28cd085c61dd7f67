use dynamo_sdk::prelude::*;

struct Load;

#[component(namespace = "demo")]
struct Watcher;

#[endpoints]
impl Watcher {
    #[subscribe(topic = "load")]
    async fn on_load(&self, event: Event<Load>) {
        drop(event);
    }
}

fn main() {}
