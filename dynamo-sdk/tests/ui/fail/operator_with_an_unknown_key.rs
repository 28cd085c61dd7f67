use dynamo_sdk::prelude::*;

#[operator(nam = Other)]
async fn pass(request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
    next.generate(request).await
}

fn main() {}
