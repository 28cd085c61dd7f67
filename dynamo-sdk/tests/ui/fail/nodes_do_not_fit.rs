use dynamo_sdk::engine::engine_fn;
use dynamo_sdk::pipeline::Source;
use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::{Edge, operator};

#[operator]
async fn to_text(request: SingleIn<u32>, next: Edge<String, u32>) -> Result<u32, CallError> {
    next.generate(request.map(|n| n.to_string())).await
}

#[operator]
async fn of_bytes(request: SingleIn<Vec<u8>>, next: Edge<Vec<u8>, u32>) -> Result<u32, CallError> {
    next.generate(request).await
}

fn main() {
    let sink = engine_fn(|request: SingleIn<Vec<u8>>| async move { Ok(request.payload().len() as u32) });
    let _ = Source::open().link(ToText).link(OfBytes).sink(sink);
}
