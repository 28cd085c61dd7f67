//! The envelope of an event (docs/wire/events.md#envelope), common to all event planes.

use bytes::Bytes;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::publisher::PublisherId;
use crate::error::BoxError;
use crate::wire::codec::MAX_DEPTH;

/// An event whose payload is still encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawEvent {
    pub(crate) publisher: PublisherId,
    pub(crate) sequence: u64,
    /// Milliseconds since the Unix epoch.
    pub(crate) published_at: u64,
    pub(crate) payload: Bytes,
}

/// The envelope as serialized: a map with fields in Dynamo's order.
#[derive(Serialize, Deserialize)]
struct EnvelopeMap<'a> {
    publisher_id: u64,
    sequence: u64,
    published_at: u64,
    topic: &'a str,
    #[serde(borrow)]
    payload: Blob<'a>,
}

/// Serializes as MessagePack `bin` instead of a string or an array of integers.
struct Blob<'a>(&'a [u8]);

impl Serialize for Blob<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Blob<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = Blob<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("binary data")
            }

            fn visit_borrowed_bytes<E: serde::de::Error>(self, bytes: &'de [u8]) -> Result<Blob<'de>, E> {
                Ok(Blob(bytes))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// Wraps an encoded event into its envelope.
pub(crate) fn encode(event: &RawEvent, topic: &str) -> Result<Bytes, BoxError> {
    let wire = EnvelopeMap {
        publisher_id: event.publisher.0,
        sequence: event.sequence,
        published_at: event.published_at,
        topic,
        payload: Blob(&event.payload),
    };
    Ok(rmp_serde::to_vec_named(&wire)?.into())
}

/// Parses an envelope. Unknown fields are ignored.
pub(crate) fn decode(bytes: &Bytes) -> Result<RawEvent, BoxError> {
    let mut input = rmp_serde::Deserializer::from_read_ref(bytes);
    // The envelope itself is flat, but an ignored field may be nested.
    input.set_max_depth(MAX_DEPTH);
    let wire = EnvelopeMap::deserialize(&mut input)?;
    Ok(RawEvent {
        publisher: PublisherId(wire.publisher_id),
        sequence: wire.sequence,
        published_at: wire.published_at,
        payload: bytes.slice_ref(wire.payload.0),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::wire::codec::Codec;

    /// The fourth frames of the captured messages, without their headers.
    pub(crate) fn captured() -> Vec<(String, Bytes)> {
        let mut found = Vec::new();
        for file in [
            include_str!("../../../tests/vectors/event-zmq/kv_metrics.txt"),
            include_str!("../../../tests/vectors/event-zmq/forward-pass-metrics.txt"),
        ] {
            for line in file.lines().filter(|line| line.starts_with("topic ")) {
                let words: Vec<&str> = line.split(' ').collect();
                let frame: Vec<u8> = (0..words[7].len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&words[7][at..at + 2], 16).unwrap())
                    .collect();
                found.push((words[1].to_owned(), Bytes::from(frame)));
            }
        }
        assert!(found.len() >= 6, "{}", found.len());
        found
    }

    #[test]
    fn captured_envelopes_are_read_and_written_again_byte_for_byte() {
        for (topic, frame) in captured() {
            let envelope = frame.slice(5..);
            let event = decode(&envelope).unwrap();
            assert_eq!(encode(&event, &topic).unwrap(), envelope);
            let payload: serde_json::Value = Codec::MsgPack.decode(&event.payload).unwrap();
            let known = if topic == "kv_metrics" { "active_decode_blocks" } else { "counter_id" };
            assert_eq!(payload[known], event.sequence + 1, "{payload}");
        }
    }

    /// The envelopes of a captured NATS connection: the payloads of its `PUB` and `MSG` lines.
    fn of_nats(file: &str) -> Vec<Bytes> {
        let digits: Vec<u8> = file.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let digit = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        let bytes = Bytes::from(digits.chunks(2).map(digit).collect::<Vec<u8>>());
        let (mut at, mut found) = (0, Vec::new());
        while let Some(end) = bytes[at..].windows(2).position(|pair| pair == b"\r\n") {
            let line = String::from_utf8_lossy(&bytes[at..at + end]).into_owned();
            at += end + 2;
            if line.starts_with("PUB ") || line.starts_with("MSG ") {
                let size: usize = line.rsplit(' ').next().unwrap().parse().unwrap();
                found.push(bytes.slice(at..at + size));
                at += size + 2;
            }
        }
        found
    }

    #[test]
    fn captured_events_on_nats_are_read_and_written_again_byte_for_byte() {
        let files = [
            include_str!("../../../tests/vectors/event-nats/conn0-nats.server-to-client.hex"),
            include_str!("../../../tests/vectors/event-nats/conn1-nats.client-to-server.hex"),
        ];
        for (file, least) in files.into_iter().zip([10, 20]) {
            let envelopes = of_nats(file);
            assert!(envelopes.len() >= least, "{}", envelopes.len());
            for envelope in envelopes {
                let event = decode(&envelope).unwrap();
                let topic = if envelope.len() > 300 { "forward-pass-metrics" } else { "kv_metrics" };
                assert_eq!(encode(&event, topic).unwrap(), envelope);
            }
        }
    }

    #[test]
    fn what_is_nested_without_end_is_an_error_and_not_the_end() {
        let deep = [&b"\x81\xa5later"[..], &[0x91; 100_000], b"\xc0"].concat();
        assert!(decode(&deep.into()).is_err());
    }

    #[test]
    fn keys_may_come_in_any_order_and_with_others_between_them() {
        let value = serde_json::json!({
            "topic": "load", "later": [1], "sequence": u64::MAX, "published_at": 2, "publisher_id": 3
        });
        let mut bytes = rmp_serde::to_vec_named(&value).unwrap();
        bytes[0] += 1;
        bytes.extend_from_slice(b"\xa7payload\xc4\x01\x2a");
        let event = decode(&bytes.into()).unwrap();
        let payload = Bytes::from_static(b"*");
        let expected = RawEvent { publisher: PublisherId(3), sequence: u64::MAX, published_at: 2, payload };
        assert_eq!(event, expected);
    }

    #[test]
    fn a_payload_is_binary_and_nothing_else() {
        let (topic, frame) = captured().remove(0);
        let event = decode(&frame.slice(5..)).unwrap();
        let good = encode(&RawEvent { payload: Bytes::from_static(b"x"), ..event }, &topic).unwrap();
        let at = good.len() - 3;
        assert_eq!(&good[at..], b"\xc4\x01x");
        for bad in [&b"\xa1x"[..], b"\x91\x01", b"\xc0", b"\x01"] {
            let bytes = [&good[..at], bad].concat();
            assert!(decode(&bytes.into()).is_err(), "{bad:?}");
        }
        for cut in 0..good.len() {
            assert!(decode(&good.slice(..cut)).is_err(), "{cut}");
        }
    }
}
