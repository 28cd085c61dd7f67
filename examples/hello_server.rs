//! Serves the component `demo.hello` until it is told to end.
//!
//! Run with: `cargo run --example hello_server`, and `hello_client` in another terminal. With `--features full`,
//! `ETCD_ENDPOINTS` and perhaps `NATS_SERVER` and `DYN_REQUEST_PLANE=nats`, the same on a cluster.

use dynamo_examples::Hello;
use dynamo_sdk::prelude::*;

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    runtime.serve(Hello { greeting: "nice to meet you,".into() }).await
}
