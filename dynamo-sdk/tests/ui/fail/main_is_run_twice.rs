use dynamo_sdk::prelude::*;

#[dynamo_sdk::main]
#[tokio::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    drop(runtime);
    Ok(())
}
