#[dynamo_sdk::main]
fn main() {}
