use dynamo_sdk::prelude::*;

#[dynamo_sdk::main]
async fn main(runtime: &DistributedRuntime) {
    println!("{runtime:?}");
}
