use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::{Edge, operator};

#[operator]
async fn pass(request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
    next.generate(request).await
}

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(pipeline)]
    async fn one(&self, n: u32) -> u32 {
        n
    }

    #[endpoint(pipeline = Pass)]
    async fn two(&self, n: u32) -> u32 {
        n
    }

    #[endpoint(pipeline = [])]
    async fn three(&self, n: u32) -> u32 {
        n
    }

    #[endpoint(request = u32)]
    async fn four(&self, n: u32) -> u32 {
        n
    }

    #[endpoint(pipeline = [Pass], request = &str)]
    async fn five(&self, n: u32) -> u32 {
        n
    }
}

#[component(namespace = "demo")]
trait Contract {
    #[endpoint(pipeline = [Pass])]
    async fn six(&self, n: u32) -> Result<u32, CallError>;
}

fn main() {}
