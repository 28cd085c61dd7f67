#[dynamo_sdk::main]
async fn main() -> u32 {
    1
}
