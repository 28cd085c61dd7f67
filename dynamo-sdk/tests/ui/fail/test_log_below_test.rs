#[dynamo_sdk::test]
#[test_log::test]
async fn logs(runtime: dynamo_sdk::DistributedRuntime) {
    drop(runtime);
}

fn main() {}
