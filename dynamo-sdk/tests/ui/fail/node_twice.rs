use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::{Edge, engine, operator};

#[operator]
#[operator]
async fn pass(request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
    next.generate(request).await
}

struct Double;

#[engine]
#[engine]
impl Double {
    async fn generate(&self, request: SingleIn<u32>) -> Result<u32, CallError> {
        Ok(request.payload() * 2)
    }
}

fn main() {}
