use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Watcher;

#[endpoints]
impl Watcher {
    #[subscribe]
    async fn without_a_topic(&self, load: u32) {
        drop(load);
    }

    #[subscribe(topic = "Load", scop = namespace)]
    async fn name_and_key(&self, load: u32) {
        drop(load);
    }

    #[subscribe(topic = "load", scope = process)]
    async fn scope(&self, load: u32) {
        drop(load);
    }

    #[subscribe(topic = "load", scope = endpoint)]
    async fn which_endpoint(&self, load: u32) {
        drop(load);
    }

    #[subscribe(topic = "load", scope = namespace, component = "worker")]
    async fn whole_namespace(&self, load: u32) {
        drop(load);
    }
}

fn main() {}
