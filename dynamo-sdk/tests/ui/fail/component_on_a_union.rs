use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
union Echo {
    a: u32,
}

fn main() {}
