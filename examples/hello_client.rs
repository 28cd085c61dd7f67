//! Calls the component `demo.hello` once a second and prints what went wrong when no instance answers.
//!
//! Run with: `cargo run --example hello_client`, and `hello_server` in another terminal.

use std::time::Duration;

use dynamo_examples::{Greet, HelloClient};
use dynamo_sdk::prelude::*;

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    let hello = HelloClient::connect(&runtime).await?;
    loop {
        match hello.greet(Greet { name: "world".into(), pause_ms: 100 }).await {
            Ok(words) => words.for_each(async |word| println!("{word:?}")).await,
            Err(error) => println!("{error:?}"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
