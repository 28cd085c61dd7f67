use dynamo_sdk::prelude::*;

#[operator]
async fn pass(request: SingleIn<u32>) -> Result<u32, CallError> {
    Ok(*request.payload())
}

fn main() {}
