use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::operator;

#[operator]
async fn pass(request: SingleIn<u32>) -> Result<u32, CallError> {
    Ok(*request.payload())
}

fn main() {}
