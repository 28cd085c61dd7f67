#[dynamo_sdk::main]
async fn start() {}

fn main() {}
