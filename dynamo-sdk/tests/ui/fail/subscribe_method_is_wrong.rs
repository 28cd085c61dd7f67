use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Watcher;

#[endpoints]
impl Watcher {
    #[subscribe(topic = "a")]
    fn not_async(&self, load: u32) {
        drop(load);
    }

    #[subscribe(topic = "b")]
    async fn mutable(&mut self, load: u32) {
        drop(load);
    }

    #[subscribe(topic = "c")]
    async fn without_event(&self) {}

    #[subscribe(topic = "d")]
    async fn too_much(&self, load: u32, more: u32) {
        drop((load, more));
    }

    #[subscribe(topic = "e")]
    async fn borrowed(&self, text: &str) {
        drop(text.len());
    }

    #[subscribe(topic = "f")]
    #[endpoint]
    async fn endpoint_too(&self, load: u32) {
        drop(load);
    }
}

fn main() {}
