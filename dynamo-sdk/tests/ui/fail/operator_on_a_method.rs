use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::{Edge, operator};

struct Pass;

impl Pass {
    #[operator]
    async fn generate(&self, request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
        next.generate(request).await
    }
}

struct Named;

#[operator(name = Other)]
impl Named {
    async fn generate(&mut self, request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
        next.generate(request).await
    }
}

#[operator]
struct Thing;

#[operator]
impl Thing {
    async fn run(&self) {}
}

fn main() {}
