//! The whole table of docs/wire/payloads.md#error-object, in both directions: what is written for each
//! reason, and what each name is read as.

use serde_json::{Value, json};

use super::*;
use crate::wire::codec::Codec;
use crate::wire::control::Prologue;

/// Reason, class, and the legacy name written for it.
fn written() -> Vec<(Reason, &'static str, Value)> {
    let backend = |name: &str| json!({ "Backend": name });
    vec![
        (Reason::RequestInvalid, "InvalidRequest", json!("InvalidArgument")),
        (Reason::RequestInvalidArgument, "InvalidRequest", json!("InvalidArgument")),
        (Reason::BackendInvalidArgument, "InvalidRequest", backend("InvalidArgument")),
        (Reason::RequestUnauthenticated, "Unauthenticated", json!("Unknown")),
        (Reason::RequestPermissionDenied, "PermissionDenied", json!("Unknown")),
        (Reason::RequestNotFound, "NotFound", json!("Unknown")),
        (Reason::RequestConflict, "Conflict", json!("Unknown")),
        (Reason::RequestPayloadTooLarge, "PayloadTooLarge", json!("InvalidArgument")),
        (Reason::RequestUnsupportedMedia, "UnsupportedMedia", json!("InvalidArgument")),
        (Reason::RequestRateLimited, "RateLimited", json!("ResourceExhausted")),
        (Reason::CapacityExhausted, "CapacityExhausted", json!("ResourceExhausted")),
        (Reason::CapacityPoolExhausted, "CapacityExhausted", json!("ResourceExhausted")),
        (Reason::CapacityWorkerOverloaded, "CapacityExhausted", json!("ResourceExhausted")),
        (Reason::RequestCancelled, "Cancelled", json!("Cancelled")),
        (Reason::BackendCancelled, "Cancelled", backend("Cancelled")),
        (Reason::BackendUnavailable, "Unavailable", json!("Unavailable")),
        (Reason::BackendWorkerUnavailable, "Unavailable", json!("WorkerUnavailable")),
        (Reason::BackendCannotConnect, "Unavailable", backend("CannotConnect")),
        (Reason::BackendDisconnected, "Unavailable", backend("Disconnected")),
        (Reason::BackendEngineShutdown, "Unavailable", backend("EngineShutdown")),
        (Reason::BackendStreamIncomplete, "Unavailable", backend("StreamIncomplete")),
        (Reason::TransportCannotConnect, "Unavailable", json!("CannotConnect")),
        (Reason::TransportDisconnected, "Unavailable", json!("Disconnected")),
        (Reason::BackendProtocol, "BackendProtocol", json!("Unknown")),
        (Reason::RequestDeadlineExceeded, "DeadlineExceeded", json!("Unknown")),
        (Reason::RouterQueueDeadlineExceeded, "DeadlineExceeded", json!("Unknown")),
        (Reason::TransportConnectionTimeout, "DeadlineExceeded", json!("ConnectionTimeout")),
        (Reason::BackendResponseTimeout, "DeadlineExceeded", json!("ResponseTimeout")),
        (Reason::BackendConnectionTimeout, "DeadlineExceeded", backend("ConnectionTimeout")),
        (Reason::RuntimeNotImplemented, "NotImplemented", json!("Unknown")),
        (Reason::RuntimeInternal, "Internal", json!("Unknown")),
        (Reason::RuntimeUnclassified, "Internal", json!("Unknown")),
        (Reason::RuntimeInvalidError, "Internal", json!("Unknown")),
        (Reason::BackendUnknown, "Internal", backend("Unknown")),
    ]
}

/// A name, used alone as `error_type` or as `class`, and the reason that it implies.
fn names() -> Vec<(Value, Reason)> {
    let backend = |name: &str| json!({ "Backend": name });
    let mut names = vec![
        (json!("InvalidArgument"), Reason::RequestInvalidArgument),
        (json!("CannotConnect"), Reason::TransportCannotConnect),
        (json!("Disconnected"), Reason::TransportDisconnected),
        (json!("ConnectionTimeout"), Reason::TransportConnectionTimeout),
        (json!("ResponseTimeout"), Reason::BackendResponseTimeout),
        (json!("Cancelled"), Reason::RequestCancelled),
        (json!("ResourceExhausted"), Reason::CapacityPoolExhausted),
        (json!("WorkerOverloaded"), Reason::CapacityWorkerOverloaded),
        (json!("Unavailable"), Reason::BackendUnavailable),
        (json!("WorkerUnavailable"), Reason::BackendWorkerUnavailable),
        (json!("Unknown"), Reason::RuntimeUnclassified),
        (backend("Unknown"), Reason::BackendUnknown),
        (backend("InvalidArgument"), Reason::BackendInvalidArgument),
        (backend("CannotConnect"), Reason::BackendCannotConnect),
        (backend("Disconnected"), Reason::BackendDisconnected),
        (backend("ConnectionTimeout"), Reason::BackendConnectionTimeout),
        (backend("ResponseTimeout"), Reason::BackendResponseTimeout),
        (backend("Cancelled"), Reason::BackendCancelled),
        (backend("EngineShutdown"), Reason::BackendEngineShutdown),
        (backend("StreamIncomplete"), Reason::BackendStreamIncomplete),
    ];
    names.extend(ErrorClass::ALL.iter().map(|class| (json!(class.as_str()), Reason::of(*class))));
    names
}

fn full(reason: Reason) -> EndpointError {
    EndpointError::internal("for operators")
        .with_reason(reason)
        .with_public(PublicDetail::message("for users"))
        .caused_by(EndpointError::conflict("why"))
}

#[test]
fn every_reason_is_written_with_these_names_and_read_again_whole() {
    let table = written();
    assert_eq!(table.len(), Reason::ALL.len());
    for (reason, class, error_type) in table {
        let error = full(reason);
        let object = serde_json::to_value(ErrorObject::from(&error)).unwrap();
        assert_eq!(
            (&object["error_type"], &object["class"], &object["reason"]),
            (&error_type, &json!(class), &json!(reason.as_str()))
        );
        assert_eq!(
            (&object["message"], &object["diagnostic"]),
            (&json!("for operators"), &json!("for operators"))
        );
        assert_eq!(object["public"], json!({ "type": "message", "message": "for users" }));
        for codec in [Codec::Json, Codec::MsgPack] {
            let bytes = codec.encode(&ErrorObject::from(&error)).unwrap();
            assert_eq!(EndpointError::from(codec.decode::<ErrorObject>(&bytes).unwrap()), error);
        }
        let prologue = Codec::Json.encode(&Prologue::failed(&error)).unwrap();
        let read = Codec::Json.decode::<Prologue>(&prologue).unwrap();
        assert_eq!(read.into_result(), Err(error), "as an answer instead of a response");
    }
}

/// A reader that knows the class ignores the legacy name, which is coarser.
#[test]
fn without_its_reason_an_error_keeps_its_class() {
    for (reason, class, _) in written() {
        let mut object = serde_json::to_value(ErrorObject::from(&full(reason))).unwrap();
        object.as_object_mut().unwrap().remove("reason");
        let read = EndpointError::from(serde_json::from_value::<ErrorObject>(object).unwrap());
        assert_eq!(read.class().as_str(), class, "{reason}");
        assert_eq!(read.public(), Some(&PublicDetail::message("for users")));
    }
}

#[test]
fn every_name_alone_is_read() {
    for (name, reason) in names() {
        for key in ["error_type", "class"] {
            let object: ErrorObject = serde_json::from_value(json!({ key: name, "message": "m" })).unwrap();
            let read = EndpointError::from(object);
            assert_eq!((read.reason(), read.message()), (reason, "m"), "{key} {name}");
        }
    }
}

#[test]
fn every_public_detail_survives() {
    for (detail, json) in [
        (PublicDetail::message("m"), json!({ "type": "message", "message": "m" })),
        (PublicDetail::SizeLimit { limit: 5, actual: None }, json!({ "type": "size_limit", "limit": 5 })),
        (
            PublicDetail::ContextLength { limit: 5, actual: Some(6) },
            json!({ "type": "context_length", "limit": 5, "actual": 6 }),
        ),
        (
            PublicDetail::RateLimit { limit: None, remaining: Some(0) },
            json!({ "type": "rate_limit", "remaining": 0 }),
        ),
    ] {
        let error = EndpointError::rate_limited("m").with_public(detail);
        let object = serde_json::to_value(ErrorObject::from(&error)).unwrap();
        assert_eq!(object["public"], json);
        assert_eq!(EndpointError::from(serde_json::from_value::<ErrorObject>(object).unwrap()), error);
    }
}
