use dynamo_sdk::prelude::*;

#[on_start]
async fn warm_up() {}

fn main() {}
