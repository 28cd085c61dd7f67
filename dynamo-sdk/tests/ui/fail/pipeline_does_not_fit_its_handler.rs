use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::{Edge, operator};

#[operator]
async fn to_text(request: SingleIn<u32>, next: Edge<String, u32>) -> Result<u32, CallError> {
    next.generate(request.map(|n| n.to_string())).await
}

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(pipeline = [ToText], request = u32)]
    async fn one(&self, n: Vec<u8>) -> u32 {
        n.len() as u32
    }

    #[endpoint(pipeline = [Unknown])]
    async fn two(&self, n: u32) -> u32 {
        n
    }
}

fn main() {}
