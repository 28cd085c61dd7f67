//! Our client's calls of what they serve.

use std::collections::BTreeMap;
use std::time::Duration;

use dynamo_sdk::Client;
use dynamo_sdk::address::{ComponentName, EndpointName, NamespaceName};
use dynamo_sdk::engine::Trace;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{BoxError, ComponentId, RequestStream};
use futures::SinkExt;
use futures::channel::mpsc;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::matrix::values::{members, values};

pub(crate) const THEIRS: ComponentId = ComponentId::from_static("theirs", "peer");
const LIMIT: Duration = Duration::from_secs(8);
const LARGE: usize = 20 * 1024 * 1024;
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

type Outcome = Result<(), BoxError>;

/// Our client, and its component that has other names.
struct Rows<'a> {
    runtime: &'a DistributedRuntime,
    theirs: &'a Client,
    nats: bool,
}

pub(crate) async fn call_all(
    runtime: &DistributedRuntime,
    theirs: &Client,
    nats: bool,
) -> BTreeMap<String, Result<(), String>> {
    let rows = Rows { runtime, theirs, nats };
    let mut results = BTreeMap::new();
    macro_rules! rows {
        ($($name:literal => $row:ident,)+) => {
            $(
                let result = match timeout(LIMIT, rows.$row()).await {
                    Ok(result) => result.map_err(|error| format!("{error}, {error:?}")),
                    Err(_) => Err(format!("no end within {LIMIT:?}")),
                };
                results.insert($name.to_owned(), result);
            )+
        };
    }
    rows! {
        "echo" => echo,
        "count 3" => count_3,
        "count 0" => count_0,
        "count 10000" => count_10000,
        "fail 0" => fail_0,
        "fail 2" => fail_2,
        "refuse" => refuse,
        "types" => types,
        "metadata" => metadata,
        "trace" => trace,
        "stop" => stop,
        "drop" => dropped,
        "64 at once" => many,
        "large request" => large_request,
        "large item" => large_item,
        "bidi" => bidi,
        "names" => names,
    }
    results
}

fn same(got: &Value, expected: &Value) -> Outcome {
    if got == expected {
        return Ok(());
    }
    let short = |value: &Value| value.to_string().chars().take(200).collect::<String>();
    Err(format!("got {}, expected {}", short(got), short(expected)).into())
}

fn numbers(n: u64) -> Value {
    (0..n).map(|i| json!({ "i": i })).collect()
}

impl Rows<'_> {
    async fn items(&self, endpoint: &'static str, request: Value) -> Result<Value, BoxError> {
        let items = self.theirs.stream::<Value, Value>(endpoint, request).await?;
        Ok(Value::Array(items.try_collect().await?))
    }

    async fn one(&self, endpoint: &'static str, request: Value) -> Result<Value, BoxError> {
        Ok(self.theirs.call::<Value, Value>(endpoint, request).await?)
    }

    async fn echo(&self) -> Outcome {
        for request in
            [json!({ "hello": "world", "n": 7 }), json!("text"), json!([1, 2]), json!(5), json!(null)]
        {
            same(&self.one("plain", request.clone()).await?, &request)?;
        }
        same(&self.one("echo", json!({ "hello": "world" })).await?["echo"], &json!({ "hello": "world" }))
    }

    async fn count(&self, n: u64) -> Outcome {
        same(&self.items("count", json!({ "n": n })).await?, &numbers(n))
    }

    async fn count_3(&self) -> Outcome {
        self.count(3).await
    }

    async fn count_0(&self) -> Outcome {
        self.count(0).await
    }

    async fn count_10000(&self) -> Outcome {
        self.count(10_000).await
    }

    async fn fail(&self, after: u64) -> Outcome {
        let mut items = self.theirs.stream::<_, Value>("fail", json!({ "after": after })).await?;
        let mut seen = Vec::new();
        let error = loop {
            match items.next().await {
                Some(Ok(item)) => seen.push(item),
                Some(Err(error)) => break error,
                None => return Err(format!("no error after {seen:?}").into()),
            }
        };
        same(&Value::Array(seen), &numbers(after))?;
        let error = error.endpoint_error().ok_or_else(|| format!("{error:?}"))?;
        same(
            &json!([error.class().as_str(), error.reason().as_str(), error.message()]),
            &json!(["InvalidRequest", "backend.invalid_argument", "ValueError: boom"]),
        )
    }

    async fn fail_0(&self) -> Outcome {
        self.fail(0).await
    }

    async fn fail_2(&self) -> Outcome {
        self.fail(2).await
    }

    async fn refuse(&self) -> Outcome {
        for _ in 0..3 {
            let refused = self.theirs.stream::<_, Value>("refuse", json!({ "kind": "ValueError" })).await;
            let Some(error) = refused.as_ref().err().and_then(CallError::endpoint_error) else {
                return Err(format!("{refused:?}").into());
            };
            // Before 1.5 the error is a text only.
            if (error.class(), error.message()) != (ErrorClass::Internal, "ValueError: boom") {
                return Err(format!("{error:?}").into());
            }
            // It stays in rotation.
            self.count(1).await?;
        }
        Ok(())
    }

    async fn types(&self) -> Outcome {
        let mut all = vec![values()];
        all.extend(members());
        same(&self.items("types", json!(null)).await?, &Value::Array(all.clone()))?;
        for value in all {
            same(&self.one("plain", value.clone()).await?, &value)?;
        }
        Ok(())
    }

    async fn metadata(&self) -> Outcome {
        let call = self.theirs.call::<_, Value>("echo", json!(1)).request_id("req meta/1");
        let seen = call.metadata("tenant", "t1").metadata("k", "").metadata("\u{fc}", "\u{4e2d} \"").await?;
        same(&seen["id"], &json!("req meta/1"))?;
        same(&seen["metadata"], &json!({ "tenant": "t1", "k": "", "\u{fc}": "\u{4e2d} \"" }))
    }

    /// With their trace layer on, a handler sees a span of its own in the caller's trace.
    async fn trace(&self) -> Outcome {
        let trace = Trace {
            traceparent: Some(PARENT.to_owned()),
            tracestate: Some("vendor=opaque".to_owned()),
            x_request_id: Some("for people 7".to_owned()),
        };
        let id = "11111111-2222-4333-8444-555555555555";
        let call = self.theirs.call::<_, Value>("echo", json!(1)).request_id(id);
        let seen = call.trace(trace).await?;
        let headers = &seen["trace"];
        same(&seen["id"], &json!(id))?;
        same(&headers["tracestate"], &json!("vendor=opaque"))?;
        same(&headers["x-request-id"], &json!("for people 7"))?;
        same(&headers["request-id"], &json!(id))?;
        let parent = headers["traceparent"].as_str().unwrap_or_default();
        if parent.get(..36) != PARENT.get(..36) || parent == PARENT {
            return Err(format!("the handler saw {headers}").into());
        }
        Ok(())
    }

    async fn stops_grow(&self, before: &Value) -> Outcome {
        while self.one("stops", json!(null)).await? == *before {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    async fn stop(&self) -> Outcome {
        let before = self.one("stops", json!(null)).await?;
        let mut items = self.theirs.stream::<_, Value>("endless", json!(null)).await?;
        for _ in 0..3 {
            items.try_next().await?;
        }
        items.stop();
        let rest = items.try_fold(0_u64, |n, _| async move { Ok(n + 1) }).await?;
        if rest > 200 {
            return Err(format!("{rest} items after the stop").into());
        }
        self.stops_grow(&before).await
    }

    async fn dropped(&self) -> Outcome {
        let before = self.one("stops", json!(null)).await?;
        let mut items = self.theirs.stream::<_, Value>("endless", json!(null)).await?;
        for _ in 0..3 {
            items.try_next().await?;
        }
        drop(items);
        self.stops_grow(&before).await
    }

    async fn many(&self) -> Outcome {
        let one = async |i: u64| {
            same(&self.items("slow", json!({ "n": i % 5, "pause": 0.01 })).await?, &numbers(i % 5))?;
            same(&self.one("plain", json!(i)).await?, &json!(i))
        };
        futures::future::try_join_all((0..64).map(one)).await.map(drop)
    }

    async fn large_request(&self) -> Outcome {
        same(&self.one("measure", json!("x".repeat(LARGE))).await?, &json!(LARGE))
    }

    async fn large_item(&self) -> Outcome {
        let item = self.one("large", json!({ "bytes": LARGE })).await?;
        let whole = item.as_str().is_some_and(|text| text.len() == LARGE && text.bytes().all(|b| b == b'y'));
        if whole { Ok(()) } else { Err("another item".into()) }
    }

    /// One answer for each request as it comes, and one at the end of the requests.
    async fn bidi(&self) -> Outcome {
        let (mut send, requests) = mpsc::channel(1);
        let call = self.theirs.stream::<_, Value>("bidi", RequestStream::new(requests));
        let mut answers = call.metadata("tenant", "t1").await?;
        for i in 1..=10_u64 {
            send.send(i).await?;
            same(&answers.try_next().await?.unwrap_or_default(), &json!({ "got": i }))?;
        }
        drop(send);
        same(&answers.try_next().await?.unwrap_or_default(), &json!({ "total": 55 }))?;
        match answers.try_next().await? {
            None => Ok(()),
            Some(more) => Err(format!("{more} after the end").into()),
        }
    }

    /// Upper case, a percent sign, a space.
    async fn names(&self) -> Outcome {
        let (component, endpoint) = if self.nats { ("Abc", "Echo") } else { ("A%b c", "Echo It") };
        let component =
            ComponentId::new(NamespaceName::from_wire("My-Ns_1")?, ComponentName::from_wire(component)?);
        let client = self.runtime.client(component).await?;
        let call = client.call_named::<_, Value>(EndpointName::from_wire(endpoint)?, json!([5]));
        same(&call.await?, &json!([5]))
    }
}
