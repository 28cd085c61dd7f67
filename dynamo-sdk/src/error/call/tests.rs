//! Every variant: its text and whether it is safe to retry.

use std::time::Duration;

use super::*;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::class::ErrorClass;

/// One error of every variant, its `Display`, and whether it is safe to retry.
fn table() -> Vec<(CallError, &'static str, bool)> {
    let endpoint = || "shop.worker.echo".parse::<EndpointId>().expect("a valid endpoint");
    let (instance, limit) = (InstanceId(7), Duration::from_secs(3));
    let late = |stage| CallError::TimedOut { endpoint: endpoint(), instance, stage, limit };
    let lost =
        |items| CallError::ConnectionLost { endpoint: endpoint(), instance, items, source: "x".into() };
    let busy = CallError::Overloaded { endpoint: endpoint(), instance, message: "full".into() };
    let undelivered = CallError::NotDelivered { endpoint: endpoint(), instance, source: "x".into() };
    let metadata = CallError::MetadataTooLarge { endpoint: endpoint(), entries: 300, bytes: 9 };
    let decode = CallError::Decode { endpoint: endpoint(), item: 2, expected: "String", source: "x".into() };
    let protocol = CallError::Protocol { endpoint: endpoint(), instance, what: "no end".into() };
    let transport =
        CallError::IncompatibleTransport { endpoint: endpoint(), instance, theirs: "nats", ours: "tcp" };
    let refused = EndpointError::refused(ErrorClass::Unavailable, "x");
    vec![
        (CallError::NoInstances { endpoint: endpoint(), waited: limit }, "within 3s", true),
        (undelivered, "was not delivered to instance", true),
        (busy, "is overloaded: full", true),
        (late(Stage::Connect), "no connection from instance", true),
        (late(Stage::Acknowledge), "no acknowledgement from instance", false),
        (late(Stage::FirstItem), "no first item from instance", false),
        (late(Stage::NextItem), "no further item from instance", false),
        (late(Stage::Deadline), "no end from instance", false),
        (lost(0), "was lost before its first item", false),
        (lost(4), "was lost after 4 items", false),
        (CallError::Endpoint(refused), "the endpoint failed", true),
        (CallError::Endpoint(EndpointError::unavailable("x")), "the endpoint failed", false),
        (CallError::Endpoint(EndpointError::panicked("x")), "the endpoint failed", false),
        (
            CallError::PayloadTooLarge { size: 9, limit: 8, plane: "tcp" },
            "9 bytes exceeds the limit of 8",
            false,
        ),
        (metadata, "has 300 entries of metadata with 9 bytes", false),
        (CallError::Encode { endpoint: endpoint(), source: "x".into() }, "cannot be encoded", false),
        (decode, "cannot be decoded as String", false),
        (CallError::Input { item: 2, source: "x".into() }, "at item 2", false),
        (protocol, "broke the protocol: no end", false),
        (transport, "is reached over nats, this process speaks tcp", false),
        (
            CallError::Cancelled { endpoint: endpoint(), cause: CancelCause::Deadline },
            "was cancelled: ",
            false,
        ),
        (CallError::InvalidCall { endpoint: endpoint(), source: "x".into() }, "could not be made", false),
    ]
}

#[test]
fn every_error_says_what_failed_and_whether_it_is_safe_to_retry() {
    for (error, text, retry) in table() {
        assert!(error.to_string().contains(text), "{error}: no {text:?}");
        assert_eq!(error.is_safe_to_retry(), retry, "{error}");
    }
}
