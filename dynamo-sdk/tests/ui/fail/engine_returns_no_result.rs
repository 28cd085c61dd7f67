use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::engine;

#[engine]
async fn double(request: SingleIn<u32>) -> u32 {
    request.payload() * 2
}

#[engine]
async fn nothing(request: SingleIn<u32>) {}

#[engine]
async fn items(request: SingleIn<u32>, more: u32) -> impl Stream<Item = u32> {
    stream::empty()
}

fn main() {}
