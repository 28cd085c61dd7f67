use dynamo_sdk::prelude::*;

mod borrowed {
    use dynamo_sdk::prelude::*;

    #[dynamo_sdk::main]
    async unsafe fn main(runtime: &DistributedRuntime) {
        drop(runtime);
    }
}

#[dynamo_sdk::main]
#[tokio::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    drop(runtime);
    Ok(())
}
