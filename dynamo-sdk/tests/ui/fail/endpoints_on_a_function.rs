use dynamo_sdk::prelude::*;

#[endpoints]
async fn say() {}

fn main() {}
