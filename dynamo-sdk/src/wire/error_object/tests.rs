use serde_json::json;

use super::*;
use crate::wire::codec::Codec;

fn read(json: &serde_json::Value) -> EndpointError {
    ErrorObject::deserialize(json).unwrap().into()
}

fn written(error: &EndpointError) -> String {
    serde_json::to_string(&ErrorObject::from(error)).unwrap()
}

fn encoded(codec: Codec, error: &EndpointError) -> bytes::Bytes {
    codec.encode(&ErrorObject::from(error)).unwrap()
}

fn decoded(codec: Codec, bytes: &[u8]) -> EndpointError {
    codec.decode::<ErrorObject>(bytes).unwrap().into()
}

#[test]
fn an_error_is_written_in_the_order_of_dynamo() {
    let error = EndpointError::invalid_request("no")
        .with_public(PublicDetail::SizeLimit { limit: 5, actual: Some(6) })
        .caused_by(EndpointError::panicked("why"));
    assert_eq!(
        written(&error),
        r#"{"error_type":"InvalidArgument","class":"InvalidRequest","reason":"request.invalid","message":"no","diagnostic":"no","public":{"type":"size_limit","limit":5,"actual":6},"caused_by":{"error_type":"Unknown","class":"Internal","reason":"runtime.internal","message":"why","diagnostic":"why","dynamo_sdk":{"origin":"panic"}}}"#
    );
}

#[test]
fn every_reason_survives_both_codecs() {
    for &reason in Reason::ALL {
        let error = EndpointError::internal("m").with_reason(reason).with_public(PublicDetail::message("p"));
        for codec in [Codec::Json, Codec::MsgPack] {
            let bytes = encoded(codec, &error);
            assert_eq!(decoded(codec, &bytes), error);
        }
    }
}

#[test]
fn the_old_name_of_every_reason_means_the_same_class_where_dynamo_has_one() {
    for &reason in Reason::ALL {
        let old = KindName::of(reason).default_reason().unwrap();
        let same = old.class() == reason.class();
        let nameless = matches!(KindName::of(reason), KindName::Plain(name) if matches!(&*name, "Unknown" | "InvalidArgument" | "ResourceExhausted"));
        assert!(same || nameless, "{reason} is written as {old}");
    }
}

#[test]
fn an_old_name_alone_is_enough() {
    for (error_type, reason) in [
        (json!("InvalidArgument"), Reason::RequestInvalidArgument),
        (json!("CannotConnect"), Reason::TransportCannotConnect),
        (json!("ResponseTimeout"), Reason::BackendResponseTimeout),
        (json!("ResourceExhausted"), Reason::CapacityPoolExhausted),
        (json!("WorkerOverloaded"), Reason::CapacityWorkerOverloaded),
        (json!("Unavailable"), Reason::BackendUnavailable),
        (json!("Unknown"), Reason::RuntimeUnclassified),
        (json!("NotFound"), Reason::RequestNotFound),
        (json!({"Backend": "StreamIncomplete"}), Reason::BackendStreamIncomplete),
        (json!({"Backend": "Unknown"}), Reason::BackendUnknown),
    ] {
        assert_eq!(read(&json!({"error_type": error_type, "message": "m"})).reason(), reason);
        assert_eq!(read(&json!({"class": error_type, "message": "m"})).reason(), reason);
    }
}

#[test]
fn the_class_counts_and_the_old_name_refines_it() {
    let finer = read(&json!({"class": "InvalidRequest", "error_type": {"Backend": "InvalidArgument"}}));
    assert_eq!(finer.reason(), Reason::BackendInvalidArgument);
    let other = read(&json!({"class": "NotFound", "error_type": "Unknown"}));
    assert_eq!(other.reason(), Reason::RequestNotFound);
    assert_eq!(read(&json!({"class": "NotFound", "error_type": 5})).reason(), Reason::RequestNotFound);
}

#[test]
fn contradicting_or_unknown_settings_are_invalid() {
    let public = json!({"type": "message", "message": "p"});
    for object in [
        json!({"class": "Strange"}),
        json!({"class": 5}),
        json!({"error_type": {"Backend": "Strange"}}),
        json!({"class": "NotFound", "reason": "request.strange"}),
        json!({"class": "NotFound", "reason": "request.conflict"}),
        json!({"class": "NotFound", "reason": 5}),
    ] {
        let mut object = object;
        object["message"] = json!("kept");
        object["public"] = public.clone();
        let error = read(&object);
        assert_eq!(error.reason(), Reason::RuntimeInvalidError, "{object}");
        assert_eq!((error.message(), error.public()), ("kept", None));
    }
}

#[test]
fn all_fields_are_optional_and_null_is_absent() {
    let nothing = EndpointError::internal("");
    assert_eq!(read(&json!({})), nothing);
    let nulls = json!({"error_type": null, "class": null, "reason": null, "message": null, "diagnostic": null,
        "public": null, "caused_by": null, "dynamo_sdk": null});
    assert_eq!(read(&nulls), nothing);
    assert_eq!(read(&json!({"diagnostic": "d"})).message(), "d");
}

#[test]
fn unknown_public_details_and_origins_are_passed_over() {
    let error = read(&json!({"message": "m", "public": {"type": "new"}, "dynamo_sdk": {"origin": "moon"}}));
    assert_eq!(error, EndpointError::internal("m"));
    let error =
        read(&json!({"message": "m", "public": {"type": "rate_limit", "remaining": null, "limit": 3}}));
    assert_eq!(error.public(), Some(&PublicDetail::RateLimit { limit: Some(3), remaining: None }));
}

#[test]
fn the_origin_travels() {
    for codec in [Codec::Json, Codec::MsgPack] {
        let refused = EndpointError::refused(ErrorClass::InvalidRequest, "m");
        let bytes = encoded(codec, &refused);
        assert!(decoded(codec, &bytes).certainly_did_not_run());
        let bytes = encoded(codec, &EndpointError::panicked("m"));
        assert!(decoded(codec, &bytes).is_panic());
    }
}

#[test]
fn a_message_is_cut_between_characters() {
    let whole = "x".repeat(MAX_MESSAGE);
    assert_eq!(cut(&whole), whole);
    let long = format!("x{}", "é".repeat(MAX_MESSAGE / 2));
    let short = cut(&long);
    assert!(short.len() <= MAX_MESSAGE && short.len() >= MAX_MESSAGE - 1);
    assert!(short.starts_with("xéé") && short.ends_with("é...[truncated]"));
    let error =
        read(&serde_json::to_value(ErrorObject::from(&EndpointError::internal(long.as_str()))).unwrap());
    assert_eq!(error.message(), short);
}

#[test]
fn a_long_chain_of_causes_stays_readable() {
    let mut error = EndpointError::internal("0");
    for n in 1..200 {
        error = EndpointError::internal(n.to_string()).caused_by(error);
    }
    for codec in [Codec::Json, Codec::MsgPack] {
        let mut read = decoded(codec, &encoded(codec, &error));
        let mut causes = 0;
        while let Some(cause) = read.cause() {
            read = cause.clone();
            causes += 1;
        }
        assert_eq!(causes, MAX_CAUSES);
    }
}
