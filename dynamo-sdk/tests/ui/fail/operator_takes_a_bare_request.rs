use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::{Edge, operator};

#[operator]
async fn pass(request: u32, next: Edge<u32, u32>) -> Result<u32, CallError> {
    next.generate(Context::of(request)).await
}

#[operator]
async fn other(request: SingleIn<u32>, next: u32) -> Result<u32, CallError> {
    Ok(next)
}

fn main() {}
