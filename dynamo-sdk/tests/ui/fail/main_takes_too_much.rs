use dynamo_sdk::prelude::*;

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime, port: u16) -> Result<()> {
    Ok(())
}
