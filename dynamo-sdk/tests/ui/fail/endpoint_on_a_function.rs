use dynamo_sdk::prelude::*;

#[endpoint]
async fn say() {}

fn main() {}
