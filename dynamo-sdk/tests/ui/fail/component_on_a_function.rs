use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
fn echo() {}

fn main() {}
