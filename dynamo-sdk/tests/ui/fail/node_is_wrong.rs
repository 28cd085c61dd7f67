use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::{Edge, engine, operator};

#[operator]
async fn swapped(next: Edge<u32, u32>, request: SingleIn<u32>) -> Result<u32, CallError> {
    next.generate(request).await
}

#[operator]
async fn other_error(request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, String> {
    next.generate(request).await.map_err(|error| error.to_string())
}

#[engine]
async fn borrows(request: SingleIn<&str>) -> Result<usize, CallError> {
    Ok(request.payload().len())
}

fn main() {}
