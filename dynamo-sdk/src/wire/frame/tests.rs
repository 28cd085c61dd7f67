use super::*;
use crate::wire::control::MAX_CONTROL_LEN;
use crate::wire::frame::ack::{Ack, MAX_ACK_LEN};
use crate::wire::frame::ack_frame::{decode_ack, put_ack};
use crate::wire::frame::request::{DecodedRequest, RequestDecoder, put_request_head};
use crate::wire::headers::Headers;

fn request(path: &[u8], headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut frame = BytesMut::new();
    frame.put_u16(path.len() as u16);
    frame.put_slice(path);
    frame.put_u16(headers.len() as u16);
    frame.put_slice(headers);
    frame.put_u32(payload.len() as u32);
    frame.put_slice(payload);
    frame.to_vec()
}

fn two_part(header: &[u8], body: &[u8]) -> Vec<u8> {
    let mut buf = BytesMut::new();
    put_two_part(&mut buf, header, body);
    buf.to_vec()
}

#[test]
fn a_control_frame_is_what_dynamo_sends() {
    let mut buf = BytesMut::new();
    put_control(&mut buf, b"\"stop\"");
    assert_eq!(&buf[..], b"\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\"stop\"");
}

#[test]
fn a_body_written_in_place_gets_its_length() {
    let mut buf = BytesMut::from(&b"before"[..]);
    put_data_with(&mut buf, |buf| {
        buf.put_slice(b"item");
        Ok::<_, ()>(())
    })
    .unwrap();
    assert_eq!(buf[6..], two_part(b"", b"item"));
    let failed = put_data_with(&mut buf, |buf| {
        buf.put_slice(b"half");
        Err(())
    });
    assert!(failed.is_err());
    assert_eq!(buf.len(), 6 + TWO_PART_HEAD + 4);
}

#[test]
fn a_frame_of_exactly_the_limit_is_read_and_one_byte_more_is_not() {
    let mut decoder = TwoPartDecoder::new(10);
    let mut buf = BytesMut::from(&two_part(b"12345", b"67890")[..]);
    let frame = decoder.decode(&mut buf).unwrap().unwrap();
    assert_eq!((&frame.header[..], &frame.body[..]), (&b"12345"[..], &b"67890"[..]));
    let mut buf = BytesMut::from(&two_part(b"12345", b"678901")[..TWO_PART_HEAD]);
    assert_eq!(decoder.decode(&mut buf), Err(FrameError::TooLarge { size: 11, limit: 10 }));
}

#[test]
fn lengths_without_a_sum_are_an_error() {
    let mut buf = BytesMut::from(&[0xff; TWO_PART_HEAD][..]);
    let overflow = FrameError::Overflow { header: u64::MAX, body: u64::MAX };
    assert_eq!(TwoPartDecoder::new(usize::MAX).decode(&mut buf), Err(overflow.clone()));
    assert_eq!(TwoPart::from_payload(buf.freeze()), Err(overflow));
}

#[test]
fn a_length_that_is_only_claimed_reserves_nothing() {
    let mut head = [0; TWO_PART_HEAD];
    head[2] = 1;
    let mut buf = BytesMut::from(&head[..]);
    let capacity = buf.capacity();
    assert_eq!(TwoPartDecoder::new(usize::MAX).decode(&mut buf), Ok(None));
    assert_eq!(buf.capacity(), capacity);
}

#[test]
fn the_checksum_is_ignored() {
    let mut bytes = two_part(b"h", b"b");
    bytes[16..24].fill(0xab);
    assert!(TwoPart::from_payload(bytes.into()).is_ok());
}

#[test]
fn a_payload_is_one_two_part_frame_and_nothing_else() {
    let good = two_part(b"control", b"body");
    let frame = TwoPart::from_payload(good.clone().into()).unwrap();
    assert_eq!((&frame.header[..], &frame.body[..]), (&b"control"[..], &b"body"[..]));
    let error = |payload: &[u8]| TwoPart::from_payload(Bytes::copy_from_slice(payload)).unwrap_err();
    assert_eq!(error(b""), FrameError::Payload { payload: 0, frame: 24 });
    assert_eq!(error(&good[..good.len() - 1]), FrameError::Payload { payload: 34, frame: 35 });
    assert_eq!(error(&[&good[..], b"x"].concat()), FrameError::Payload { payload: 36, frame: 35 });
}

#[test]
fn headers_that_are_missing_or_no_json_are_no_headers() {
    let mut decoder = RequestDecoder::new(1000);
    for headers in [&b""[..], b"not json", b"{\"a\":1}"] {
        let mut buf = BytesMut::from(&request(b"p", headers, b"x")[..]);
        let Some(DecodedRequest::Request(frame)) = decoder.decode(&mut buf) else { panic!("{headers:?}") };
        assert_eq!(frame.headers, Headers::new());
        assert_eq!((&*frame.path, &frame.payload[..]), ("p", &b"x"[..]));
    }
}

#[test]
fn parts_that_do_not_fit_their_length_fields_are_refused() {
    let mut buf = BytesMut::new();
    let long = "x".repeat(65536);
    let error = put_request_head(&mut buf, &long, b"", 0).unwrap_err();
    assert_eq!(error.to_string(), "a path of 65536 bytes does not fit a request frame");
    assert!(put_request_head(&mut buf, "", long.as_bytes(), 0).is_err());
    assert!(put_request_head(&mut buf, "", b"", u32::MAX as usize + 1).is_err());
    assert!(buf.is_empty());
    put_request_head(&mut buf, &long[1..], &long.as_bytes()[1..], u32::MAX as usize).unwrap();
    assert_eq!(buf.len(), 2 * 65535 + 8);
}

/// Feeds `bytes` in steps of `step`. Returns the frames, and the maximum number of buffered bytes.
fn feed(decoder: &mut RequestDecoder, bytes: &[u8], step: usize) -> (Vec<DecodedRequest>, usize) {
    let (mut buf, mut out, mut held) = (BytesMut::new(), Vec::new(), 0);
    for chunk in bytes.chunks(step) {
        buf.extend_from_slice(chunk);
        while let Some(incoming) = decoder.decode(&mut buf) {
            out.push(incoming);
        }
        held = held.max(buf.len());
    }
    (out, held)
}

#[test]
fn an_oversized_frame_is_reported_with_its_control_message_and_skipped() {
    let payload = two_part(b"{\"id\":\"1\"}", &vec![7; 100_000]);
    let big = request(b"p", b"{\"a\":\"b\"}", &payload);
    let small = request(b"p", b"", b"next");
    let stream = [&small[..], &big, &small].concat();
    for step in [1, 7, 4096, stream.len()] {
        let (out, held) = feed(&mut RequestDecoder::new(1000), &stream, step);
        let [
            DecodedRequest::Request(_),
            DecodedRequest::Oversized { headers, size, limit, control, .. },
            DecodedRequest::Request(next),
        ] = &out[..]
        else {
            panic!("{out:?}")
        };
        assert_eq!((*size, *limit), (big.len() as u64, 1000));
        assert_eq!(&control[..], b"{\"id\":\"1\"}");
        assert_eq!(headers.get("a"), Some("b"));
        assert_eq!(&next.payload[..], b"next");
        assert!(held < 64, "{held} bytes held at step {step}");
    }
}

#[test]
fn an_oversized_frame_is_reported_before_all_of_it_has_arrived() {
    let big = request(b"p", b"", &two_part(b"{}", &[0; 2000]));
    let mut buf = BytesMut::from(&big[..9 + TWO_PART_HEAD + 1]);
    let mut decoder = RequestDecoder::new(1000);
    assert_eq!(decoder.decode(&mut buf), None);
    buf.put_slice(b"}");
    assert!(matches!(decoder.decode(&mut buf), Some(DecodedRequest::Oversized { .. })));
}

#[test]
fn an_oversized_frame_without_a_usable_control_message_is_still_skipped() {
    let next = request(b"p", b"", b"");
    let too_long = two_part(&vec![b' '; MAX_CONTROL_LEN + 1], b"");
    let mut lying = two_part(b"", &[0; 2000]);
    lying[6] = 0xff;
    for payload in [too_long, lying, vec![0xff; 2000]] {
        let stream = [request(b"p", b"", &payload), next.clone()].concat();
        let (out, held) = feed(&mut RequestDecoder::new(1000), &stream, 100);
        let [DecodedRequest::Oversized { control, .. }, DecodedRequest::Request(_)] = &out[..] else {
            panic!("{out:?}")
        };
        assert!(control.is_empty());
        assert!(held < 200);
    }
    let stream = [request(&[b'p'; 2000], b"", b"tiny"), next].concat();
    let (out, _) = feed(&mut RequestDecoder::new(1000), &stream, 1);
    assert!(matches!(&out[..], [DecodedRequest::Oversized { .. }, DecodedRequest::Request(_)]));
}

#[test]
fn the_longest_control_message_is_kept() {
    let payload = two_part(&vec![b' '; MAX_CONTROL_LEN], b"");
    let (out, _) = feed(&mut RequestDecoder::new(1000), &request(b"p", b"", &payload), 1000);
    let [DecodedRequest::Oversized { control, .. }] = &out[..] else { panic!("{out:?}") };
    assert_eq!(control.len(), MAX_CONTROL_LEN);
}

#[test]
fn a_path_that_is_not_text_costs_only_its_frame() {
    let stream = [request(b"\xff\xfe", b"{}", &[1; 5000]), request(b"p", b"", b"next")].concat();
    for step in [1, 100, stream.len()] {
        let (out, _) = feed(&mut RequestDecoder::new(1000), &stream, step);
        assert!(matches!(&out[..], [DecodedRequest::BadPath, DecodedRequest::Request(_)]), "{out:?}");
    }
}

#[test]
fn acknowledgements_are_told_apart_by_their_prefix() {
    let ack = |text: &str| Ack::from_bytes(text.as_bytes());
    assert_eq!(ack(""), Ack::Accepted);
    assert_eq!(ack("server overloaded: x"), Ack::Accepted);
    assert_eq!(ack("Server overloaded: worker at capacity"), Ack::Overloaded("worker at capacity".into()));
    assert_eq!(ack("Server unavailable: "), Ack::Unavailable(String::new()));
    assert_eq!(ack("Invalid endpoint path"), Ack::Refused("Invalid endpoint path".into()));
    assert_eq!(ack("Read error: x"), Ack::Refused("Read error: x".into()));
}

#[test]
fn acknowledgements_round_trip_and_come_out_in_order() {
    let acks = [
        Ack::Accepted,
        Ack::Overloaded("full".into()),
        Ack::Accepted,
        Ack::Unavailable("gone".into()),
        Ack::Refused("Read error: no".into()),
    ];
    let mut buf = BytesMut::new();
    for ack in &acks {
        put_ack(&mut buf, ack);
    }
    for ack in acks {
        assert_eq!(decode_ack(&mut buf).unwrap(), Some(ack));
    }
    assert_eq!(decode_ack(&mut buf).unwrap(), None);
}

#[test]
fn an_acknowledgement_is_cut_when_written_and_refused_when_read_beyond_its_limit() {
    let mut buf = BytesMut::new();
    put_ack(&mut buf, &Ack::Overloaded("é".repeat(MAX_ACK_LEN)));
    assert!(buf.len() <= 4 + MAX_ACK_LEN);
    assert!(matches!(decode_ack(&mut buf), Ok(Some(Ack::Overloaded(_)))));
    let mut buf = BytesMut::from(&[0, 1, 0, 1][..]);
    assert_eq!(decode_ack(&mut buf), Err(FrameError::TooLarge { size: 65537, limit: 65536 }));
}
