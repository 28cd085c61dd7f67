use dynamo_sdk::prelude::*;

#[endpoints]
struct Echo;

fn main() {}
