//! Replays captured connections of real peers: their bytes are decoded, and encoded to the same bytes.

use bytes::BytesMut;

use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::{ErrorClass, Reason};
use crate::wire::codec::Codec;
use crate::wire::control::{
    ControlMessage, Handshake, HomeAddress, Prologue, RequestType, Signal, StreamType,
};
use crate::wire::frame::ack::Ack;
use crate::wire::frame::ack_frame::{decode_ack, put_ack};
use crate::wire::frame::request::{DecodedRequest, RequestDecoder, put_request_head};
use crate::wire::frame::{TwoPart, TwoPartDecoder, put_control, put_data_with, put_two_part};
use crate::wire::item;
use crate::wire::item::{Item, Received};
use crate::wire::tests::vectors::{Capture, Tree, captures};

/// Dynamo's limit.
const MAX_MESSAGE: usize = 33_554_432;

/// Decodes a capture, `step` bytes at a time, to its end. Returns the frames and the bytes left over.
fn decode_in_steps<T>(
    bytes: &[u8],
    step: usize,
    mut decode: impl FnMut(&mut BytesMut) -> Option<T>,
) -> (Vec<T>, BytesMut) {
    let (mut buf, mut out) = (BytesMut::new(), Vec::new());
    for chunk in bytes.chunks(step) {
        buf.extend_from_slice(chunk);
        while let Some(value) = decode(&mut buf) {
            out.push(value);
        }
    }
    (out, buf)
}

/// Decodes a capture as a whole and byte by byte, expecting the same result.
fn decode_all<T: PartialEq + std::fmt::Debug>(
    capture: &Capture,
    decoder: impl Fn() -> Box<dyn FnMut(&mut BytesMut) -> Option<T>>,
) -> Vec<T> {
    let bytes = &capture.bytes;
    let (whole, left) = decode_in_steps(bytes, bytes.len(), decoder());
    let (bytewise, left_bytewise) = decode_in_steps(bytes, 1, decoder());
    assert_eq!(whole, bytewise, "{}", capture.name);
    assert_eq!(left, left_bytewise, "{}", capture.name);
    // One captured caller announces a payload that it never sends.
    let incomplete = capture.is("raw-caller-acks/conn4-request.dialer");
    assert_eq!(left.is_empty(), !incomplete, "{} bytes are left of {}", left.len(), capture.name);
    whole
}

fn frames(capture: &Capture) -> Vec<TwoPart> {
    decode_all(capture, || {
        let mut decoder = TwoPartDecoder::new(MAX_MESSAGE);
        Box::new(move |buf| decoder.decode(buf).unwrap())
    })
}

fn requests(capture: &Capture) -> Vec<DecodedRequest> {
    decode_all(capture, || {
        let mut decoder = RequestDecoder::new(MAX_MESSAGE);
        Box::new(move |buf| decoder.decode(buf))
    })
}

fn acks(capture: &Capture) -> Vec<Ack> {
    decode_all(capture, || Box::new(|buf| decode_ack(buf).unwrap()))
}

/// The bytes of two-part frames, with the checksums that debug builds of Dynamo write set to zero.
fn without_checksums(frames: &[TwoPart]) -> BytesMut {
    let mut buf = BytesMut::new();
    for frame in frames {
        put_two_part(&mut buf, &frame.header, &frame.body);
    }
    buf
}

#[test]
fn every_request_is_understood_and_written_the_same() {
    let mut count = 0;
    for capture in captures("-request.dialer-to-listener") {
        // The plain-socket caller writes JSON with spaces.
        let ours = !capture.is("raw-caller");
        let mut written = BytesMut::new();
        let incoming = requests(&capture);
        count += incoming.len();
        for incoming in incoming {
            let DecodedRequest::Request(frame) = incoming else { panic!("{incoming:?}") };
            let parts = TwoPart::from_payload(frame.payload.clone()).unwrap();
            if frame.path == "no/such" {
                assert!(ControlMessage::decode(&parts.header).is_err());
                continue;
            }
            let control = ControlMessage::decode(&parts.header).unwrap();
            check_control(&capture, &control, &parts);
            assert_eq!(frame.headers.get("request-id").unwrap_or(&control.id), control.id);
            put_request_head(&mut written, &frame.path, &frame.headers.to_json(), frame.payload.len())
                .unwrap();
            // The checksum is the only thing that a debug build writes and this SDK does not.
            written.extend_from_slice(&frame.payload[..24]);
            written.extend_from_slice(&control.encode().unwrap());
            written.extend_from_slice(&parts.body);
            if ours && !capture.is("crate-caller") {
                let mut payload = BytesMut::new();
                put_two_part(&mut payload, &control.encode().unwrap(), &parts.body);
                assert_eq!(payload, frame.payload);
            }
        }
        if ours {
            assert!(written == capture.bytes, "{} is written differently", capture.name);
        }
    }
    assert!(count > 50, "{count}");
}

fn check_control(capture: &Capture, control: &ControlMessage, parts: &TwoPart) {
    let codec = control.payload_codec;
    assert_eq!(codec == Codec::Json, capture.is("-json/"), "{}", capture.name);
    match control.request_type {
        RequestType::SingleIn => {
            let request: Tree = codec.decode(&parts.body).unwrap();
            assert_eq!(codec.encode(&request).unwrap(), parts.body);
        }
        RequestType::ManyIn => {
            assert!(parts.body.is_empty());
            let home = control.request_stream_connection_info.as_ref().unwrap().home().unwrap();
            assert_eq!(home.stream_type, StreamType::Request);
        }
    }
    if capture.is("quic") {
        assert!(control.connection_info.home().is_err());
        return;
    }
    let home = control.connection_info.home().unwrap();
    assert_eq!((&home.context, home.stream_type), (&control.id, StreamType::Response));
    assert_eq!(HomeAddress::salvage(&parts.header), Some(home));
}

#[test]
fn every_acknowledgement_is_understood_and_written_the_same() {
    let mut count = 0;
    for capture in captures("-request.listener-to-dialer") {
        let acks = acks(&capture);
        count += acks.len();
        let mut written = BytesMut::new();
        for ack in &acks {
            put_ack(&mut written, ack);
        }
        assert_eq!(written, capture.bytes, "{}", capture.name);
        if capture.is("raw-caller-acks/conn0") {
            let unavailable = Ack::Unavailable("unknown endpoint no/such".into());
            assert_eq!(acks, [Ack::Accepted, Ack::Accepted, unavailable]);
        } else if capture.is("raw-caller-acks/conn4") {
            assert!(matches!(&acks[..], [Ack::Refused(text)] if text.contains("67108911 bytes")));
        }
    }
    assert!(count > 50, "{count}");
}

#[test]
fn every_response_is_understood_and_written_the_same() {
    let mut items = 0;
    for capture in captures("-callhome.dialer-to-listener") {
        let frames = frames(&capture);
        let mut written = BytesMut::new();
        let handshake: Handshake = Codec::Json.decode(&frames[0].header).unwrap();
        put_control(&mut written, &Codec::Json.encode(&handshake).unwrap());
        let rest = &frames[1..];
        match handshake.stream_type {
            StreamType::Request => assert!(rest.is_empty()),
            StreamType::Response => items += response(rest, &mut written),
        }
        assert!(written == capture.bytes, "{} is written differently", capture.name);
    }
    assert!(items > 100, "{items}");
}

/// Re-encodes the frames that follow the handshake of a response, and counts its items.
fn response(frames: &[TwoPart], written: &mut BytesMut) -> usize {
    let Some((prologue, frames)) = frames.split_first() else { return 0 };
    let prologue: Prologue = Codec::Json.decode(&prologue.header).unwrap();
    let prologue = match prologue.into_result() {
        Ok(()) => Prologue::started(),
        Err(error) => {
            assert_eq!(error.reason(), Reason::RuntimeUnclassified);
            assert_eq!(error.message(), "ValueError: boom from handler");
            Prologue::failed(&error)
        }
    };
    put_control(written, &Codec::Json.encode(&prologue).unwrap());
    for frame in frames {
        if frame.body.is_empty() {
            assert_eq!(Signal::from_json(&frame.header), Some(Signal::Sentinel));
            put_control(written, Signal::Sentinel.as_json());
            continue;
        }
        let codec = if frame.body[0] == b'{' { Codec::Json } else { Codec::MsgPack };
        put_data_with(written, |buf| match item::decode::<Tree>(codec, &frame.body).unwrap() {
            Received::Item(Item::Data(data)) => item::put_data(codec, &data, buf),
            Received::Item(Item::Error(error)) => item::put_error(codec, &error, buf),
            Received::End(None) => item::put_final(codec, buf),
            other => panic!("{other:?}"),
        })
        .unwrap();
    }
    frames.iter().filter(|frame| !frame.body.is_empty()).count()
}

#[test]
fn what_callers_say_on_the_connection_home_is_understood() {
    let mut signals = Vec::new();
    for capture in captures("-callhome.listener-to-dialer") {
        let frames = frames(&capture);
        let mut written = BytesMut::new();
        for frame in &frames {
            if frame.header.is_empty() {
                let value: Tree = Codec::MsgPack.decode(&frame.body).unwrap();
                put_two_part(&mut written, &[], &Codec::MsgPack.encode(&value).unwrap());
            } else {
                let signal = Signal::from_json(&frame.header).unwrap();
                put_control(&mut written, signal.as_json());
                signals.push(signal);
            }
        }
        assert_eq!(written, without_checksums(&frames), "{}", capture.name);
    }
    for signal in [Signal::Stop, Signal::Kill, Signal::Sentinel] {
        assert!(signals.contains(&signal), "{signal:?}");
    }
}

/// Returns the errors of all items of a set of captures.
fn errors(of: &str) -> Vec<EndpointError> {
    captures(of)
        .iter()
        .filter(|capture| capture.is("-callhome.dialer"))
        .flat_map(frames)
        .filter_map(|frame| match item::decode::<Tree>(Codec::MsgPack, &frame.body) {
            Ok(Received::Item(Item::Error(error))) => Some(error),
            _ => None,
        })
        .collect()
}

#[test]
fn the_exceptions_of_python_have_their_classes() {
    let errors = errors("tcp-error-types/");
    assert_eq!(errors.len(), 21);
    let find = |start: &str| errors.iter().find(|error| error.message().starts_with(start)).unwrap();
    assert_eq!(find("ValueError:").class(), ErrorClass::InvalidRequest);
    assert_eq!(find("TimeoutError:").reason(), Reason::BackendConnectionTimeout);
    assert_eq!(find("engine shutting down").reason(), Reason::BackendEngineShutdown);
    assert_eq!(find("{\"message\"").reason(), Reason::RequestInvalid);
    assert!(errors.iter().all(|error| error.reason() != Reason::RuntimeInvalidError));
    assert_eq!(errors.iter().filter(|error| error.public().is_some()).count(), 1);
}
