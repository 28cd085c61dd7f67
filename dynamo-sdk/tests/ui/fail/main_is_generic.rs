#[dynamo_sdk::main]
async fn main<T>() {}
