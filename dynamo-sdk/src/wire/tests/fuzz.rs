//! Random bytes: no decoder panics, and none buffers or returns more than its input.

use bytes::{BufMut, Bytes, BytesMut};

use crate::wire::codec::Codec;
use crate::wire::control::{ControlMessage, Handshake, HomeAddress, Prologue, Signal};
use crate::wire::frame::ack::Ack;
use crate::wire::frame::ack_frame::decode_ack;
use crate::wire::frame::request::{DecodedRequest, RequestDecoder};
use crate::wire::frame::{TwoPart, TwoPartDecoder};
use crate::wire::headers::Headers;
use crate::wire::item;
use crate::wire::tests::vectors::captures;

const ROUNDS: usize = 100_000;

/// Feeds `bytes` to every decoder, in steps of `step`.
fn decode_everything(bytes: &[u8], step: usize) {
    for codec in [Codec::Json, Codec::MsgPack] {
        _ = item::decode::<serde_json::Value>(codec, bytes);
        _ = item::decode::<Vec<String>>(codec, bytes);
        _ = codec.decode::<crate::wire::error_object::ErrorObject>(bytes);
        _ = codec.decode::<Prologue>(bytes).map(Prologue::into_result);
    }
    _ = ControlMessage::decode(bytes);
    _ = Codec::Json.decode::<Handshake>(bytes);
    _ = HomeAddress::salvage(bytes);
    _ = Signal::from_json(bytes);
    _ = Headers::from_json(bytes);
    _ = Ack::from_bytes(bytes);
    _ = TwoPart::from_payload(Bytes::copy_from_slice(bytes));
    let mut two_part = TwoPartDecoder::new(256);
    stream(bytes, step, |buf| {
        two_part.decode(buf).ok().flatten().map(|frame| 24 + frame.header.len() + frame.body.len())
    });
    stream(bytes, step, |buf| decode_ack(buf).ok().flatten().map(|_| 4));
    let mut requests = RequestDecoder::new(256);
    stream(bytes, step, |buf| {
        requests.decode(buf).map(|incoming| match incoming {
            DecodedRequest::Request(frame) => 8 + frame.path.len() + frame.payload.len(),
            DecodedRequest::Oversized { path, control, .. } => 8 + path.len() + control.len(),
            DecodedRequest::BadPath => 8,
        })
    });
}

/// Feeds a decoder that returns the size of each frame.
fn stream(bytes: &[u8], step: usize, mut decode: impl FnMut(&mut BytesMut) -> Option<usize>) {
    // Preallocated in full, so that further growth is visible.
    let mut buf = BytesMut::with_capacity(bytes.len());
    let capacity = buf.capacity();
    let mut returned = 0;
    for chunk in bytes.chunks(step) {
        buf.put_slice(chunk);
        while let Some(len) = decode(&mut buf) {
            returned += len;
        }
        assert!(buf.capacity() <= capacity);
    }
    assert!(returned <= bytes.len(), "{returned} bytes out of {}", bytes.len());
}

#[test]
fn no_sequence_of_random_bytes_breaks_a_decoder() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut bytes = [0; 96];
    for _ in 0..ROUNDS {
        let len = random.usize(..bytes.len());
        random.fill(&mut bytes[..len]);
        if random.bool() {
            // Small leading numbers are plausible lengths.
            bytes[..len.min(16)].iter_mut().for_each(|byte| *byte &= 0x01);
        }
        decode_everything(&bytes[..len], random.usize(1..32));
    }
}

#[test]
fn no_damage_to_a_real_frame_breaks_a_decoder() {
    let mut random = fastrand::Rng::with_seed(2);
    let mut decoder = TwoPartDecoder::new(usize::MAX);
    let mut seeds = Vec::new();
    for capture in captures("-callhome.dialer-to-listener") {
        let mut buf = BytesMut::from(&capture.bytes[..]);
        while let Some(frame) = decoder.decode(&mut buf).unwrap() {
            seeds.push([frame.header, frame.body].concat());
        }
        seeds.push(capture.bytes);
    }
    seeds.extend(captures("-request.").into_iter().map(|capture| capture.bytes));
    seeds.iter_mut().for_each(|seed| seed.truncate(1500));
    for _ in 0..ROUNDS / 20 {
        let mut bytes = seeds[random.usize(..seeds.len())].clone();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        bytes.truncate(random.usize(..bytes.len()) + 1);
        decode_everything(&bytes, random.usize(1..200));
    }
}
