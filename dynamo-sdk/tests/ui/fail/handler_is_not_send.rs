use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, request: u32) -> u32 {
        let shared = std::rc::Rc::new(request);
        std::future::ready(()).await;
        *shared
    }
}

fn main() {}
