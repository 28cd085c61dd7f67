use std::rc::Rc;

use dynamo_sdk::prelude::*;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::pipeline::{Edge, engine, operator};

async fn nap() {}

#[engine]
async fn shared(request: SingleIn<u32>) -> Result<u32, CallError> {
    let shared = Rc::new(*request.payload());
    nap().await;
    Ok(*shared)
}

struct Limit;

#[operator]
impl Limit {
    async fn generate(&self, request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
        let shared = Rc::new(1);
        let answer = next.generate(request).await?;
        Ok(answer + *shared)
    }
}

fn main() {}
