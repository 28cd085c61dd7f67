//! Serves the component `demo.hello` until it receives a shutdown signal. The component and its data types
//! are in `examples/src/lib.rs`, which it shares with `hello_client`.
//!
//! Run with: `cargo run --example hello_server`, and `hello_client` in another terminal. On a cluster, run
//! both with `--features full`, `ETCD_ENDPOINTS` and optionally `NATS_SERVER` and `DYN_REQUEST_PLANE=nats`.
//!
//! What to try:
//! - Stop it with Ctrl-C while the client prints a greeting: the greeting finishes, then the client finds no
//!   instance.
//! - Kill it with `kill -9`: the client reports a lost or refused connection and continues with the next
//!   server.
//! - Start two and stop one of them: the client continues with the other.
//!
//! No settings are needed. `DYN_LOG=warn` makes it quiet, `DYN_LOG=debug` shows each step.

use dynamo_examples::Hello;
use dynamo_sdk::prelude::*;

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    runtime.serve(Hello { greeting: "nice to meet you,".into() }).await
}
