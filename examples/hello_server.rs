//! Serves the component `demo.hello` until it is told to end. The component itself, with its data types, is in
//! `examples/src/lib.rs`, because `hello_client` needs it too.
//!
//! Run with: `cargo run --example hello_server`, and `hello_client` in another terminal. With `--features full`,
//! `ETCD_ENDPOINTS` and perhaps `NATS_SERVER` and `DYN_REQUEST_PLANE=nats`, the same on a cluster.
//!
//! What to try:
//! - end it with ctrl-C while the client prints a greeting: the greeting is finished, then the client finds nobody;
//! - kill it with `kill -9`: the client says that the connection was lost or refused, and goes on with the next server;
//! - start two, and end one of them: the client goes on with the other.
//!
//! Nothing has to be set. `DYN_LOG=warn` makes it quiet, `DYN_LOG=debug` shows each step.

use dynamo_examples::Hello;
use dynamo_sdk::prelude::*;

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    runtime.serve(Hello { greeting: "nice to meet you,".into() }).await
}
