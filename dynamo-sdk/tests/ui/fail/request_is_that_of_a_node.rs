use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::{ManyIn, SingleIn};

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn one(&self, request: SingleIn<String>) {
        drop(request);
    }

    #[endpoint]
    async fn many(&self, cx: Context, requests: ManyIn<u32>) {
        drop((cx, requests));
    }
}

fn main() {}
