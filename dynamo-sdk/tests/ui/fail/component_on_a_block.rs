use dynamo_sdk::prelude::*;

struct Echo;

#[component(namespace = "demo")]
impl Echo {}

fn main() {}
