use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
pub trait Backend {}

fn main() {}
