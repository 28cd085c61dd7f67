//! Calls the endpoints `interop/backend/{echo,count,fail,types}` of a Dynamo worker and checks the responses.
//! Exits with 0 if all are correct.
//!
//! Run with: `cargo run --example interop_client --features full`, with the settings of the worker's
//! deployment (`ETCD_ENDPOINTS`, `DYN_REQUEST_PLANE`, `NATS_SERVER`, …).

use std::time::Duration;

use dynamo_sdk::error::ErrorClass;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{BoxError, ComponentId};
use serde_json::{Value, json};

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<(), BoxError> {
    let backend = runtime.client(ComponentId::from_static("interop", "backend")).await?;
    backend.wait_ready(1, Duration::from_secs(20)).await?;

    let call = backend.call::<Value, Value>("echo", json!({"hello": "world", "n": 7}));
    let echo = call.request_id("req-1").metadata("tenant", "t1").await?;
    check("echo", &echo["echo"], &json!({"hello": "world", "n": 7}))?;
    check("request id", &echo["id"], &json!("req-1"))?;
    check("metadata", &echo["metadata"], &json!({"tenant": "t1"}))?;

    for n in [0, 3, 1000] {
        let items = backend.stream::<Value, Value>("count", json!({"n": n, "delay": 0})).await?;
        let items: Vec<Value> = items.try_collect().await?;
        let expected: Vec<Value> = (0..n).map(|i| json!({"i": i, "text": format!("item-{i}")})).collect();
        check("count", &json!(items), &json!(expected))?;
    }

    let mut endless = backend.stream::<Value, Value>("count", json!({"n": 1_000_000, "delay": 0.01})).await?;
    let first = endless.try_next().await?;
    endless.stop();
    let rest = endless.try_fold(0, |n, _| async move { Ok(n + 1) }).await?;
    check("stop", &json!([first.is_some(), rest < 100]), &json!([true, true]))?;

    for after in [0, 2] {
        let items = backend.stream::<Value, Value>("fail", json!({"after": after})).await?;
        let (items, errors): (Vec<_>, Vec<_>) =
            items.collect::<Vec<_>>().await.into_iter().partition(Result::is_ok);
        check("items before the failure", &json!(items.len()), &json!(after))?;
        let class =
            errors.iter().find_map(|error| error.as_ref().err()?.endpoint_error()).map(EndpointError::class);
        check("class of the failure", &json!(class == Some(ErrorClass::InvalidRequest)), &json!(true))?;
    }

    let items =
        backend.stream::<Value, Value>("types", json!({"q": [null, true, 1.25, -3, 1_u64 << 40]})).await?;
    let items: Vec<Value> = items.try_collect().await?;
    check("request of types", &items[0]["request"], &json!({"q": [null, true, 1.25, -3, 1_u64 << 40]}))?;
    check("u64", &items[0]["u64"], &json!((1_u64 << 63) + 5))?;
    check("i64", &items[0]["i64"], &json!(i64::MIN))?;
    check("other items", &json!(items[1..]), &json!(["just a string", 42, null, [1, 2, 3]]))?;
    println!("all answers are right");
    Ok(())
}

fn check(what: &str, got: &Value, expected: &Value) -> Result<(), BoxError> {
    if got == expected {
        println!("PASS {what}");
        return Ok(());
    }
    Err(format!("{what}: got {got}, expected {expected}").into())
}
