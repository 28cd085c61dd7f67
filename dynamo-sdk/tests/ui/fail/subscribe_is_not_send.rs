use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Watcher;

#[endpoints]
impl Watcher {
    #[subscribe(topic = "load")]
    async fn on_load(&self, load: u32) {
        let shared = std::rc::Rc::new(load);
        std::future::ready(()).await;
        drop(shared);
    }
}

fn main() {}
