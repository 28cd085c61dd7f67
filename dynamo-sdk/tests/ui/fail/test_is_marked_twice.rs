#[dynamo_sdk::test]
#[test]
async fn says() {}

fn main() {}
