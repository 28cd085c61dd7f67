use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::{Edge, operator};

#[operator]
async fn pass<T: Send + 'static>(request: SingleIn<T>, next: Edge<T, u32>) -> Result<u32, CallError> {
    next.generate(request).await
}

fn main() {}
