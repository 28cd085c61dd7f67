use dynamo_sdk::prelude::*;

#[dynamo_sdk::main]
async fn main(_runtime: DistributedRuntime, _port: u16) -> Result<()> {
    Ok(())
}
