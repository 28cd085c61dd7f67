use super::*;
use crate::error::endpoint::class::{ErrorClass, Reason};

fn home() -> HomeAddress {
    HomeAddress {
        address: "127.0.0.1:1".into(),
        subject: "s".into(),
        context: "r".into(),
        stream_type: StreamType::Response,
    }
}

fn minimal() -> ControlMessage {
    ControlMessage {
        id: "r".into(),
        request_type: RequestType::SingleIn,
        response_type: ResponseType::ManyOut,
        payload_codec: Codec::Json,
        connection_info: ConnectionInfo::tcp_server(&home()).unwrap(),
        request_stream_connection_info: None,
        metadata: BTreeMap::new(),
        frontend_send_ts_ns: None,
    }
}

#[test]
fn a_control_message_of_an_older_or_newer_peer_is_read() {
    let json = br#"{"new":[1],"id":"r","metadata":null,"request_type":"single_in","response_type":"many_out",
        "connection_info":{"info":"{\"address\":\"127.0.0.1:1\",\"subject\":\"s\",\"context\":\"r\",\"stream_type\":\"response\",\"x\":1}","transport":"tcp_server"}}"#;
    let control = ControlMessage::decode(json).unwrap();
    assert_eq!(control.payload_codec, Codec::Json);
    assert_eq!(control.connection_info.home().unwrap(), home());
    assert!(ControlMessage::decode(br#"{"id":"r"}"#).is_err());
    let nulls = String::from_utf8(minimal().encode().unwrap().to_vec()).unwrap();
    let nulls = nulls.replace(r#""payload_codec":"json""#, r#""payload_codec":null"#);
    assert_eq!(ControlMessage::decode(nulls.as_bytes()).unwrap(), minimal());
}

#[test]
fn a_control_message_beyond_the_limit_is_not_sent() {
    let mut control = minimal();
    let spare = MAX_CONTROL_LEN - control.encode().unwrap().len() - r#","metadata":{"k":""}"#.len();
    control.metadata.insert("k".into(), "v".repeat(spare));
    assert_eq!(control.encode().unwrap().len(), MAX_CONTROL_LEN);
    control.metadata.insert("k".into(), "v".repeat(spare + 1));
    assert!(matches!(control.encode(), Err(ControlError::TooLong { size }) if size == MAX_CONTROL_LEN + 1));
}

#[test]
fn another_response_plane_is_named_in_the_error() {
    let info = ConnectionInfo { transport: "quic-response".into(), info: "{}".into() };
    let error = info.home().unwrap_err();
    assert_eq!(error.to_string(), "unsupported response plane \"quic-response\", expected \"tcp_server\"");
}

#[test]
fn the_way_home_is_found_in_a_control_message_that_makes_no_sense() {
    let json = String::from_utf8(minimal().encode().unwrap().to_vec()).unwrap();
    let strange = json.replace("\"json\"", "\"cbor\"").replace("single_in", "half_in");
    assert!(ControlMessage::decode(strange.as_bytes()).is_err());
    assert_eq!(HomeAddress::salvage(strange.as_bytes()), Some(home()));
    assert_eq!(HomeAddress::salvage(b"{}"), None);
}

#[test]
fn a_prologue_without_an_error_is_a_start() {
    assert_eq!(&Codec::Json.encode(&Prologue::started()).unwrap()[..], br#"{"error":null}"#);
    for json in [&br#"{"error":null}"#[..], b"{}", br#"{"x":1,"typed_error":null}"#] {
        let prologue: Prologue = Codec::Json.decode(json).unwrap();
        assert_eq!(prologue.into_result(), Ok(()));
    }
}

#[test]
fn a_failure_to_start_round_trips() {
    let error = EndpointError::refused(ErrorClass::Unavailable, "draining")
        .with_reason(Reason::BackendEngineShutdown)
        .caused_by(EndpointError::cancelled("shutdown"));
    let json = Codec::Json.encode(&Prologue::failed(&error)).unwrap();
    let prologue: Prologue = Codec::Json.decode(&json).unwrap();
    assert_eq!(prologue.into_result(), Err(error));
}

#[test]
fn a_failure_to_start_without_a_known_kind_is_untyped() {
    let read = |json: &str| {
        let prologue: Prologue = Codec::Json.decode(json.as_bytes()).unwrap();
        prologue.into_result().unwrap_err()
    };
    let untyped = EndpointError::internal("boom");
    assert_eq!(read(r#"{"error":"boom"}"#), untyped);
    assert_eq!(read(r#"{"error":"Generate Error: boom"}"#), untyped);
    assert_eq!(read(r#"{"error":"boom","typed_error":"x"}"#), untyped);
    assert_eq!(read(r#"{"error":"boom","typed_error":{"message":"x"}}"#), untyped);
    assert_eq!(read(r#"{"error":"boom","typed_error":{"error_type":"Strange","message":"x"}}"#), untyped);
    let known = read(r#"{"error":"boom","typed_error":{"error_type":"InvalidArgument","message":"x"}}"#);
    assert_eq!((known.class(), known.message()), (ErrorClass::InvalidRequest, "x"));
    let strange = read(r#"{"error":"boom","typed_error":{"class":"Strange","message":"x"}}"#);
    assert_eq!((strange.reason(), strange.message()), (Reason::RuntimeInvalidError, "x"));
}

#[test]
fn signals_are_json_strings() {
    for signal in [Signal::Stop, Signal::Kill, Signal::Sentinel] {
        assert_eq!(&Codec::Json.encode(&signal).unwrap()[..], signal.as_json());
        assert_eq!(Signal::from_json(signal.as_json()), Some(signal));
    }
    for other in [&b"stop"[..], b"\"pause\"", b"", b"{}", b"\"stop\" 1"] {
        assert_eq!(Signal::from_json(other), None);
    }
}
