use dynamo_sdk::prelude::*;

#[component(namespace = "demo", crate = ::renamed)]
struct Echo;

fn main() {}
