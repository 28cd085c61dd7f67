//! What a handler knows of its call, and what the calls it makes inherit.

use std::time::Duration;

use dynamo_sdk::engine::Trace;
use dynamo_sdk::error::CallErrorKind;

use dynamo_rig::{Bench, Setup};

pub(crate) async fn a_handler_sees_id_metadata_and_deadline(setup: Setup) {
    let bench = Bench::new(setup).await;
    let plain = bench.lab.describe(()).await.unwrap();
    assert!(plain.metadata.is_empty() && plain.left_ms.is_none() && !plain.id.is_empty());
    let call = bench.lab.describe(()).request_id("my id").metadata("tenant", "t 1").metadata("k", "");
    let seen = call.timeout(Duration::from_secs(30)).await.unwrap();
    assert_eq!(seen.id, "my id");
    assert_eq!(
        seen.metadata.iter().map(|(k, v)| (&**k, &**v)).collect::<Vec<_>>(),
        [("k", ""), ("tenant", "t 1")]
    );
    let left = seen.left_ms.unwrap();
    assert!((20_000..=30_001).contains(&left), "{left}");
}

pub(crate) async fn metadata_trace_and_request_id_reach_the_third_hop(setup: Setup) {
    let bench = Bench::new(setup).await;
    let call = bench.lab.hop(2).request_id("first").metadata("tenant", "t").timeout(Duration::from_secs(30));
    let seen = call.await.unwrap();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[0].id, "first");
    let mut ids: Vec<_> = seen.iter().map(|seen| &seen.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3, "every call has an id of its own");
    for (hop, seen) in seen.iter().enumerate() {
        assert_eq!(seen.metadata["tenant"], "t");
        assert_eq!(seen.metadata.len(), hop + 1, "each hop adds one entry");
        assert!(seen.left_ms.is_some(), "the deadline is that of the whole");
    }
    assert!(seen[2].left_ms <= seen[0].left_ms.map(|left| left + 1));
    assert_eq!(seen[1].x_request_id.as_deref(), Some("first"));
    assert_eq!(seen[2].x_request_id.as_deref(), Some("first"), "people find all hops by one id");
}

pub(crate) async fn a_trace_that_is_set_reaches_the_third_hop(setup: Setup) {
    let bench = Bench::new(setup).await;
    let trace = Trace {
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        tracestate: Some("one=1,two@x=2".to_owned()),
        x_request_id: Some("for people \u{e9}".to_owned()),
    };
    let seen = bench.lab.hop(2).trace(trace.clone()).await.unwrap();
    assert_eq!(seen.len(), 3);
    for seen in seen {
        let Trace { traceparent, tracestate, x_request_id } = trace.clone();
        assert_eq!(
            (seen.traceparent, seen.tracestate, seen.x_request_id),
            (traceparent, tracestate, x_request_id)
        );
    }
    let bad = Trace { tracestate: Some("no parent=1".to_owned()), ..Trace::default() };
    let error = bench.lab.hop(0).trace(bad).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::InvalidCall), "{error:?}");
}

pub(crate) async fn a_detached_call_inherits_nothing(setup: Setup) {
    let bench = Bench::new(setup).await;
    let call = bench.lab.hop(9).metadata("tenant", "t").timeout(Duration::from_secs(30));
    // The first hop detaches its call; the others do not.
    let seen = call.await.unwrap();
    assert_eq!(seen.len(), 10);
    assert_eq!(seen[0].metadata.len(), 1);
    assert!(!seen[1].metadata.contains_key("tenant"));
    assert_eq!((seen[1].left_ms, &seen[1].x_request_id), (None, &None));
    assert_eq!(seen[9].metadata.len(), 9);
    assert_eq!(seen[9].x_request_id.as_deref(), Some(&*seen[1].id));
}
