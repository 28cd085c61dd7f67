use dynamo_sdk::prelude::*;

#[operator]
fn pass(request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
    Ok(7)
}

fn main() {}
