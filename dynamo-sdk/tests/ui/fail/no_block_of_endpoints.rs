use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

fn main() {}
