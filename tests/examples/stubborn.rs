//! A server whose handler takes its thread and never gives it back. For tests of the end of a process.
#![expect(clippy::print_stdout, reason = "tells the test that the handler runs")]

use std::time::Duration;

use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Stubborn;

#[endpoints]
impl Stubborn {
    /// Never answers, heeds nothing, and keeps its thread.
    #[endpoint]
    async fn block(&self) -> u64 {
        println!("blocked");
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    runtime.serve(Stubborn).await
}
