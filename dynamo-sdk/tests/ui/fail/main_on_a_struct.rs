#[dynamo_sdk::main]
struct Start;

fn main() {}
