//! A server whose start takes its thread and never gives it back. For tests of the end of a process.
//!
//! With the argument `main` it blocks before anything is served, otherwise `#[on_start]` blocks.
#![expect(clippy::print_stdout, reason = "tells the test that the start blocks")]

use std::time::Duration;

use dynamo_sdk::prelude::*;

/// Stands for the load of a model.
fn load() {
    println!("loading");
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[component(namespace = "demo")]
struct Loader;

#[endpoints]
impl Loader {
    #[on_start]
    async fn load(&self) {
        load();
    }

    /// Is never served.
    #[endpoint]
    async fn answer(&self) -> u64 {
        42
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    if std::env::args().any(|argument| argument == "main") {
        load();
    }
    runtime.serve(Loader).await
}
