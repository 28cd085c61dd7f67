//! The four-part event message (docs/wire/events.md#zmq-direct-mode).

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::transport::event::zmq::zmtp::put_part;
use crate::wire::envelope::RawEvent;

/// The version byte at the start of the last part.
const VERSION: u8 = 1;
/// Bytes of the last part before the envelope: version and envelope length.
const HEADER: usize = 5;
/// The number of parts.
pub(super) const PARTS: usize = 4;
/// How much longer than its payload a message may be: names, numbers and headers.
pub(super) const OVERHEAD: usize = 4096;

/// A message that is not a valid event.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MessageError {
    #[error("expected 4 message parts, got {0}")]
    Parts(usize),
    #[error("a message part exceeds DYN_SDK_MAX_EVENT_SIZE")]
    Oversized,
    #[error("the message has another topic")]
    Topic,
    #[error("an integer part does not have 8 bytes")]
    Number,
    #[error("unknown header in the last message part")]
    Header,
}

/// Encodes a message, identical for every connection.
pub(super) fn encode(topic: &[u8], event: &RawEvent, envelope: &[u8]) -> Bytes {
    let mut last = BytesMut::with_capacity(HEADER + envelope.len());
    last.put_u8(VERSION);
    // Publishers reject payloads far below this size.
    last.put_u32(u32::try_from(envelope.len()).unwrap_or(u32::MAX));
    last.put_slice(envelope);
    let mut message = BytesMut::with_capacity(last.len() + topic.len() + 64);
    put_part(&mut message, topic, true);
    put_part(&mut message, &event.publisher.0.to_be_bytes(), true);
    put_part(&mut message, &event.sequence.to_be_bytes(), true);
    put_part(&mut message, &last, false);
    message.freeze()
}

/// Extracts the envelope from the parts of a message. It repeats the numbers before it.
pub(super) fn decode(topic: &[u8], parts: &[Bytes]) -> Result<Bytes, MessageError> {
    let [on, publisher, sequence, last] = parts else { return Err(MessageError::Parts(parts.len())) };
    if **on != *topic {
        return Err(MessageError::Topic);
    }
    if publisher.len() != 8 || sequence.len() != 8 {
        return Err(MessageError::Number);
    }
    let mut header = last.clone();
    if header.try_get_u8() != Ok(VERSION)
        || !header.try_get_u32().is_ok_and(|size| usize::try_from(size) == Ok(last.len() - HEADER))
    {
        return Err(MessageError::Header);
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::publisher::PublisherId;
    use crate::transport::event::zmq::zmtp::{ZmtpDecoder, ZmtpFrame};
    use crate::wire::envelope;

    fn parts(message: &Bytes) -> Vec<Bytes> {
        let (mut decoder, mut buf) = (ZmtpDecoder::new(1 << 20), BytesMut::from(&message[..]));
        let mut parts = Vec::new();
        while let Some(frame) = decoder.decode(&mut buf).unwrap() {
            let ZmtpFrame::Part { body, more } = frame else { panic!("{frame:?}") };
            parts.push(body);
            assert_eq!(more, parts.len() < PARTS);
        }
        parts
    }

    fn event(publisher: u64, sequence: u64) -> RawEvent {
        RawEvent { publisher: PublisherId(publisher), sequence, published_at: 0, payload: Bytes::new() }
    }

    /// The four frames of docs/wire/events.md#zmq-direct-mode, from a capture.
    #[test]
    fn a_message_is_the_captured_one_byte_for_byte() {
        for (topic, last) in envelope::tests::captured() {
            let envelope = last.slice(HEADER..);
            let raw = envelope::decode(&envelope).unwrap();

            let parts = parts(&encode(topic.as_bytes(), &raw, &envelope));
            assert_eq!(parts[0], topic);
            assert_eq!(parts[1], raw.publisher.0.to_be_bytes()[..]);
            assert_eq!(parts[2], raw.sequence.to_be_bytes()[..]);
            assert_eq!(parts[3], last);
            assert_eq!(decode(topic.as_bytes(), &parts), Ok(envelope));
        }
    }

    #[test]
    fn the_bytes_on_the_connection_are_pinned() {
        let expected = b"\x01\x0akv_metrics\x01\x08\0\x05\x60\xa2\x0d\x57\x44\x26\x01\x08\0\0\0\0\0\0\0\x0a\0\x06\x01\0\0\0\x01e";
        assert_eq!(encode(b"kv_metrics", &event(0x0005_60a2_0d57_4426, 10), b"e")[..], expected[..]);
    }

    #[test]
    fn every_wrong_message_is_told_apart() {
        let good = parts(&encode(b"load", &event(1, 0), b"envelope"));
        assert_eq!(decode(b"load", &good), Ok(Bytes::from_static(b"envelope")));
        assert_eq!(decode(b"lo", &good), Err(MessageError::Topic));
        assert_eq!(decode(b"load", &good[..3]), Err(MessageError::Parts(3)));
        let with = |at: usize, part: &'static [u8]| {
            let mut parts = good.clone();
            parts[at] = part.into();
            decode(b"load", &parts)
        };
        assert_eq!(with(1, b"1234567"), Err(MessageError::Number));
        assert_eq!(with(2, b"123456789"), Err(MessageError::Number));
        for bad in
            [&b""[..], b"\x01", b"\x01\0\0\0", b"\x02\0\0\0\0", b"\x01\0\0\0\x02e", b"\x01\xff\xff\xff\xffe"]
        {
            assert_eq!(with(3, bad), Err(MessageError::Header), "{bad:?}");
        }
        assert_eq!(with(3, b"\x01\0\0\0\0"), Ok(Bytes::new()));
    }
}
