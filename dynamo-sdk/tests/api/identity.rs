//! What a call carries beside its payload: which of it is refused before anything is sent, and what arrives.

use std::collections::BTreeMap;

use dynamo_sdk::engine::ChildContext;
use dynamo_sdk::engine::Trace;
use dynamo_sdk::error::{CallErrorKind, MAX_METADATA_BYTES, MAX_METADATA_ENTRIES};
use dynamo_sdk::prelude::*;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[component(namespace = "tests")]
struct Mirror;

type Seen = (Option<String>, Option<String>, Option<String>, BTreeMap<String, String>);

#[endpoints]
impl Mirror {
    #[endpoint]
    async fn look(&self, cx: Context, _request: ()) -> Seen {
        let Trace { traceparent, tracestate, x_request_id } = cx.trace().clone();
        (traceparent, tracestate, x_request_id, cx.metadata().clone())
    }
}

fn trace(parent: &str) -> Trace {
    Trace { traceparent: Some(parent.to_owned()), ..Trace::default() }
}

#[tokio::test]
async fn a_trace_that_is_set_arrives() {
    let mirror = MirrorClient::local(Mirror);
    let whole =
        Trace { tracestate: Some("a=1".to_owned()), x_request_id: Some("r 1".to_owned()), ..trace(PARENT) };
    let seen = mirror.look(()).trace(whole.clone()).await.unwrap();
    assert_eq!((seen.0, seen.1, seen.2), (whole.traceparent, whole.tracestate, whole.x_request_id));
}

#[tokio::test]
async fn a_trace_of_a_context_is_inherited_and_the_call_may_replace_it() {
    let mirror = MirrorClient::local(Mirror);
    let base = Trace { tracestate: Some("a=1".to_owned()), ..trace(PARENT) };
    let cx = Context::new().child(ChildContext { trace: base, ..ChildContext::default() });
    let seen = mirror.look(()).context(&cx).await.unwrap();
    assert_eq!((seen.0.as_deref(), seen.1.as_deref()), (Some(PARENT), Some("a=1")));
    let other = PARENT.replace("b7ad", "c7ad");
    let seen = mirror.look(()).context(&cx).trace(trace(&other)).await.unwrap();
    assert_eq!((seen.0, seen.1), (Some(other), None), "the state belongs to the parent that it came with");
    let seen = mirror.look(()).context(&cx).detached().await.unwrap();
    assert_eq!((seen.0, seen.1), (None, None));
}

#[tokio::test]
async fn an_invalid_trace_is_refused_by_name() {
    let mirror = MirrorClient::local(Mirror);
    let error = mirror.look(()).trace(trace("garbage")).await.unwrap_err();
    assert!(
        error.kind() == &CallErrorKind::InvalidCall
            && std::error::Error::source(&error).unwrap().to_string().starts_with("traceparent")
    );
    assert!(!error.is_safe_to_retry());
}

#[tokio::test]
async fn metadata_has_a_limit_of_entries_and_of_bytes() {
    let mirror = MirrorClient::local(Mirror);
    let full = (0..MAX_METADATA_ENTRIES).fold(mirror.look(()), |call, i| call.metadata(i.to_string(), ""));
    assert_eq!(full.await.unwrap().3.len(), MAX_METADATA_ENTRIES);
    let more = (0..=MAX_METADATA_ENTRIES).fold(mirror.look(()), |call, i| call.metadata(i.to_string(), ""));
    let error = more.await.unwrap_err();
    assert!(
        matches!(error.kind(), CallErrorKind::MetadataTooLarge { entries, .. } if *entries == MAX_METADATA_ENTRIES + 1)
    );
    let value = "v".repeat(MAX_METADATA_BYTES);
    let error = mirror.look(()).metadata("k", value.clone()).await.unwrap_err();
    assert!(
        matches!(error.kind(), CallErrorKind::MetadataTooLarge { bytes, .. } if *bytes == MAX_METADATA_BYTES + 1)
    );
    assert_eq!(EndpointError::from(error).class(), ErrorClass::PayloadTooLarge);
    assert!(mirror.look(()).metadata("", value).await.is_ok());
}

/// What a call inherits counts as well.
#[tokio::test]
async fn inherited_metadata_counts() {
    let mirror = MirrorClient::local(Mirror);
    let metadata = (0..MAX_METADATA_ENTRIES).map(|i| (i.to_string(), String::new())).collect();
    let cx = Context::new().child(ChildContext { metadata, ..ChildContext::default() });
    assert!(mirror.look(()).context(&cx).await.is_ok());
    let error = mirror.look(()).context(&cx).metadata("one", "more").await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::MetadataTooLarge { .. }), "{error:?}");
}
