//! Serves the endpoints that a Dynamo client checks: `interop/backend/{echo,count,fail,types}`.
//!
//! Run with: `cargo run --example interop_worker --features full`, with the settings of the client's
//! deployment (`ETCD_ENDPOINTS`, `DYN_REQUEST_PLANE`, `NATS_SERVER`, …).

use std::time::Duration;

use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize, Serialize)]
struct Count {
    #[serde(default = "three")]
    n: u64,
    #[serde(default)]
    delay: f64,
}

fn three() -> u64 {
    3
}

#[derive(Deserialize, Serialize)]
struct Counted {
    i: u64,
    text: String,
}

#[derive(Deserialize, Serialize)]
struct Fail {
    #[serde(default)]
    after: u64,
}

#[derive(Deserialize, Serialize)]
struct Position {
    i: u64,
}

#[component(namespace = "interop")]
struct Backend;

#[endpoints]
impl Backend {
    /// Returns the request, with what the handler saw of the call.
    #[endpoint]
    async fn echo(&self, cx: Context, request: Value) -> Value {
        json!({ "echo": request, "id": cx.id(), "metadata": cx.metadata(), "traceparent": cx.trace().traceparent })
    }

    /// Counts to `n`, with a pause of `delay` seconds after each number.
    #[endpoint]
    async fn count(&self, request: Count) -> impl Stream<Item = Counted> {
        stream::iter(0..request.n).then(move |i| async move {
            tokio::time::sleep(Duration::from_secs_f64(request.delay)).await;
            Counted { i, text: format!("item-{i}") }
        })
    }

    /// Fails after some items.
    #[endpoint]
    async fn fail(&self, request: Fail) -> impl Stream<Item = Result<Position, EndpointError>> {
        let items = stream::iter(0..request.after).map(|i| Ok(Position { i }));
        items.chain(stream::iter([Err(EndpointError::invalid_request("boom from handler"))]))
    }

    /// Returns every kind of value.
    #[endpoint]
    async fn types(&self, request: Value) -> impl Stream<Item = Value> {
        let all = json!({
            "none": null, "t": true, "f": false, "i0": 0, "neg": -1, "i32": 1_u64 << 31, "u64": (1_u64 << 63) + 5,
            "i64": i64::MIN, "f64": 1.5, "s": "h\u{e9}llo \u{4e2d}", "list": [1, [2, 3]], "map": {"a": {"b": []}},
            "request": request,
        });
        stream::iter([all, json!("just a string"), json!(42), json!(null), json!([1, 2, 3])])
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    let serving = runtime.serve(Backend).start().await?;
    println!("READY");
    serving.wait().await;
    Ok(())
}
