use dynamo_sdk::pipeline::Source;
use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::{Edge, engine, operator};

#[operator]
async fn pass(request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
    next.generate(request).await
}

#[engine]
async fn double(request: SingleIn<u32>) -> Result<u32, CallError> {
    Ok(request.payload() * 2)
}

#[engine]
async fn shout(request: SingleIn<String>) -> Result<String, CallError> {
    Ok(request.payload().to_uppercase())
}

fn main() {
    let _ = Source::<u32, u32>::open().link(pass).sink(Double);
    let _ = Source::<u32, u32>::open().link(Pass).sink(Shout);
}
