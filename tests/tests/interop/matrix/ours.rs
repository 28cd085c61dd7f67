//! What we serve, for their client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dynamo_sdk::Client;
use dynamo_sdk::engine::Trace;
use dynamo_sdk::error::Reason;
use dynamo_sdk::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::matrix::values::{members, values};

#[component(namespace = "ours", name = "matrix")]
pub(crate) struct Ours {
    theirs: Client,
    stops: Arc<AtomicU64>,
}

/// Counts a stream that has ended.
struct Guard(Arc<AtomicU64>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Deserialize)]
pub(crate) struct Slow {
    n: u64,
    pause: f64,
}

#[derive(Deserialize)]
pub(crate) struct Count {
    n: u64,
}

#[derive(Deserialize)]
pub(crate) struct Fail {
    after: u64,
}

#[derive(Deserialize)]
pub(crate) struct Large {
    bytes: usize,
}

#[derive(Deserialize)]
pub(crate) struct Hop {
    to: String,
}

impl Ours {
    pub(crate) fn new(theirs: Client) -> Self {
        Self { theirs, stops: Arc::default() }
    }
}

fn number(i: u64) -> Value {
    json!({ "i": i })
}

fn seen(cx: &Context) -> Value {
    let Trace { traceparent, tracestate, x_request_id } = cx.trace();
    json!({
        "id": cx.id(), "metadata": cx.metadata(),
        "traceparent": traceparent, "tracestate": tracestate, "x-request-id": x_request_id,
    })
}

fn error_of(class: &str) -> EndpointError {
    // The classes by their names on the wire.
    let all = [
        ErrorClass::InvalidRequest,
        ErrorClass::Unauthenticated,
        ErrorClass::PermissionDenied,
        ErrorClass::NotFound,
        ErrorClass::Conflict,
        ErrorClass::PayloadTooLarge,
        ErrorClass::UnsupportedMedia,
        ErrorClass::RateLimited,
        ErrorClass::CapacityExhausted,
        ErrorClass::Cancelled,
        ErrorClass::Unavailable,
        ErrorClass::BackendProtocol,
        ErrorClass::DeadlineExceeded,
        ErrorClass::NotImplemented,
        ErrorClass::Internal,
    ];
    let class = all.into_iter().find(|known| known.as_str() == class).expect("a class");
    EndpointError::new(class, "boom")
}

#[endpoints]
impl Ours {
    #[endpoint]
    async fn echo(&self, cx: Context, request: Value) -> Value {
        let mut answer = seen(&cx);
        answer["echo"] = request;
        answer
    }

    #[endpoint]
    async fn plain(&self, request: Value) -> Value {
        request
    }

    #[endpoint]
    async fn count(&self, request: Count) -> impl Stream<Item = Value> {
        stream::iter(0..request.n).map(number)
    }

    #[endpoint]
    async fn slow(&self, request: Slow) -> impl Stream<Item = Value> {
        stream::iter(0..request.n).then(move |i| async move {
            tokio::time::sleep(Duration::from_secs_f64(request.pause)).await;
            number(i)
        })
    }

    /// Counts until it is stopped or dropped.
    #[endpoint]
    async fn endless(&self, cx: Context, _request: Value) -> impl Stream<Item = Value> {
        let guard = Guard(Arc::clone(&self.stops));
        let numbers = stream::iter(0..).then(move |i| {
            let _alive = &guard;
            async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                number(i)
            }
        });
        numbers.take_until(cx.stopped())
    }

    #[endpoint]
    async fn stops(&self, _request: Value) -> u64 {
        self.stops.load(Ordering::SeqCst)
    }

    #[endpoint]
    async fn fail(&self, request: Fail) -> impl Stream<Item = Result<Value, EndpointError>> {
        let items = stream::iter(0..request.after).map(|i| Ok(number(i)));
        let error = EndpointError::invalid_request("boom").with_reason(Reason::BackendInvalidArgument);
        items.chain(stream::iter([Err(error)]))
    }

    /// Refuses to start, with an error of the class that the request names.
    #[endpoint]
    async fn refuse(&self, class: String) -> Result<impl Stream<Item = String>, EndpointError> {
        match &*class {
            "no" => Ok(stream::iter(["not refused".to_owned()])),
            class => Err(error_of(class)),
        }
    }

    #[endpoint]
    async fn types(&self, _request: Value) -> impl Stream<Item = Value> {
        stream::iter([values()]).chain(stream::iter(members()))
    }

    #[endpoint]
    async fn large(&self, request: Large) -> String {
        "y".repeat(request.bytes)
    }

    #[endpoint]
    async fn measure(&self, request: String) -> usize {
        request.len()
    }

    /// Calls their `echo`, and tells what both have seen.
    #[endpoint]
    async fn hop(&self, cx: Context, request: Hop) -> Result<Value, EndpointError> {
        assert_eq!(request.to, "theirs.peer", "the client of this process");
        let tracestate = cx.trace().traceparent.is_some().then(|| "vendor=ours".to_owned());
        let trace = Trace { traceparent: cx.trace().traceparent.clone(), tracestate, x_request_id: None };
        let call = self.theirs.call::<_, Value>("echo", json!("from ours"));
        let theirs = call.metadata("hop", "ours").trace(trace).await?;
        Ok(json!({ "ours": seen(&cx), "theirs": theirs }))
    }
}

/// The names of ours that look least like names.
#[component(namespace = "0-a_b-", name = "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc")]
pub(crate) struct Odd;

#[endpoints]
impl Odd {
    #[endpoint(name = "0-_eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee")]
    async fn odd(&self, request: Value) -> Value {
        request
    }
}
