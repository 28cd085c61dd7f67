use dynamo_sdk::prelude::*;

#[operator]
async fn pass<T: Send + 'static>(request: SingleIn<T>, next: Edge<T, u32>) -> Result<u32, CallError> {
    next.generate(request).await
}

fn main() {}
