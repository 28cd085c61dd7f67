use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo<B>(B);

#[endpoints]
impl<B> Echo<B> {
    #[endpoint]
    async fn say(&self) {}

    #[endpoint]
    async fn tell(&self) {}
}

fn main() {}
