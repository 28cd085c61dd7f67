//! Every kind: its text and whether it is safe to retry.

use super::*;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::class::ErrorClass;

/// One error of every kind, its `Display`, and whether it is safe to retry.
fn table() -> Vec<(CallError, &'static str, bool)> {
    let endpoint = "shop.worker.echo".parse::<EndpointId>().expect("a valid endpoint");
    let limit = Duration::from_secs(3);
    let at = |kind| TransportError::new(kind).at(&endpoint, InstanceId(7));
    let late = |stage| at(CallErrorKind::TimedOut { stage, limit });
    let lost = |items| at(CallErrorKind::ConnectionLost).with_items(items);
    let refused = EndpointError::refused(ErrorClass::Unavailable, "x");
    vec![
        (
            at(CallErrorKind::NoInstances { waited: limit, store: "etcd".into() }),
            "of shop.worker.echo appeared in etcd within 3s",
            true,
        ),
        (
            at(CallErrorKind::NoSuchEndpoint { served: vec!["say".parse().unwrap()] }),
            "nobody serves shop.worker.echo; of its component are served: say",
            true,
        ),
        (
            at(CallErrorKind::NoSuchInstance { known: (1..=12).map(InstanceId).collect() }),
            "instance 7 does not serve shop.worker.echo; served by: 1, ",
            true,
        ),
        (at(CallErrorKind::NotDelivered), "was not delivered to instance 7", true),
        (at(CallErrorKind::Overloaded { message: "full".into() }), "is overloaded: full", true),
        (
            at(CallErrorKind::TimedOut { stage: Stage::Deadline, limit: Duration::from_nanos(199_970_054) }),
            "no end from instance 7 of shop.worker.echo within 200ms",
            false,
        ),
        (late(Stage::Connect), "no connection from instance 7 of shop.worker.echo within 3s", true),
        (late(Stage::Acknowledge), "no acknowledgement from instance", false),
        (late(Stage::FirstItem), "no first item from instance", false),
        (late(Stage::NextItem), "no further item from instance", false),
        (late(Stage::Deadline), "no end from instance", false),
        (lost(0), "was lost before its first item", false),
        (lost(4), "was lost after 4 items", false),
        (refused.into(), "the endpoint failed", true),
        (EndpointError::unavailable("x").into(), "the endpoint failed", false),
        (EndpointError::panicked("x").into(), "the endpoint failed", false),
        (
            at(CallErrorKind::PayloadTooLarge { size: 9, limit: 8, plane: "tcp" }),
            "9 bytes exceeds the limit of 8",
            false,
        ),
        (
            at(CallErrorKind::MetadataTooLarge { entries: 300, bytes: 9 }),
            "has 300 entries of metadata with 9 bytes",
            false,
        ),
        (at(CallErrorKind::Encode), "cannot be encoded", false),
        (at(CallErrorKind::Decode { item: 2, expected: "String" }), "cannot be decoded as String", false),
        (at(CallErrorKind::Input { item: 2 }), "at item 2", false),
        (at(CallErrorKind::Protocol { what: "no end".into() }), "broke the protocol: no end", false),
        (
            at(CallErrorKind::IncompatibleTransport { theirs: "nats".into(), ours: "tcp" }),
            "is reached over nats, this process speaks tcp",
            false,
        ),
        (at(CallErrorKind::Cancelled { cause: CancelCause::Deadline }), "was cancelled: ", false),
        (at(CallErrorKind::InvalidCall), "could not be made", false),
        (
            CallError::new(CallErrorKind::NotDelivered),
            "for the endpoint was not delivered to an instance",
            true,
        ),
    ]
}

#[test]
fn every_error_says_what_failed_and_whether_it_is_safe_to_retry() {
    for (error, text, retry) in table() {
        assert!(error.to_string().contains(text), "{error}: no {text:?}");
        assert_eq!(error.is_safe_to_retry(), retry, "{error}");
    }
}

#[test]
fn an_error_keeps_where_it_arose_and_why() {
    let endpoint = "shop.worker.echo".parse::<EndpointId>().expect("a valid endpoint");
    let error = TransportError::lost("reset by peer").at(&endpoint, InstanceId(7)).with_items(2);
    assert_eq!(error.kind(), &CallErrorKind::ConnectionLost);
    assert_eq!(
        (error.endpoint(), error.instance(), error.items()),
        (Some(&endpoint), Some(InstanceId(7)), 2)
    );
    assert_eq!(std::error::Error::source(&error).map(ToString::to_string).as_deref(), Some("reset by peer"));
    let error = CallError::from(EndpointError::not_found("no model"));
    assert_eq!(
        std::error::Error::source(&error).map(ToString::to_string).as_deref(),
        Some("NotFound: no model")
    );
    assert_eq!((error.endpoint(), error.instance(), error.stage()), (None, None, None));
}
