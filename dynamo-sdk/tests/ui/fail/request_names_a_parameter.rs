use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo<B>(B);

#[endpoints]
impl<B: Send + Sync + 'static> Echo<B> {
    #[endpoint]
    async fn say(&self, request: Vec<B>) {
        drop(request);
    }
}

fn main() {}
