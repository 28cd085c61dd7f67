use dynamo_sdk::prelude::*;

#[dynamo_sdk::main]
async unsafe fn main(runtime: DistributedRuntime) {
    drop(runtime);
}
