//! Replays a captured NATS session: the messages of Dynamo's caller are decoded, and encoded to the same
//! bytes.

use bytes::{Bytes, BytesMut};

use crate::wire::control::{ControlMessage, RequestType};
use crate::wire::frame::ack::Ack;
use crate::wire::frame::{TwoPart, put_two_part};
use crate::wire::tests::vectors::captures;

/// A published message.
struct Message {
    subject: String,
    reply: Option<String>,
    headers: String,
    payload: Bytes,
}

/// Returns the messages that a client sent (`PUB` and `HPUB` of the NATS protocol), in order.
fn published(mut bytes: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let line = str::from_utf8(&bytes[..end]).unwrap().to_owned();
        bytes = &bytes[end + 2..];
        let words: Vec<&str> = line.split(' ').collect();
        let number = |word: &str| word.parse::<usize>().unwrap();
        let (head, total) = match words[..] {
            ["HPUB", .., head, total] => (number(head), number(total)),
            ["PUB", .., total] => (0, number(total)),
            _ => continue,
        };
        let sizes = if words[0] == "HPUB" { 2 } else { 1 };
        let reply = (words.len() == sizes + 3).then(|| words[2].to_owned());
        messages.push(Message {
            subject: words[1].to_owned(),
            reply,
            headers: String::from_utf8(bytes[..head].to_vec()).unwrap(),
            payload: Bytes::copy_from_slice(&bytes[head..total]),
        });
        bytes = &bytes[total + 2..];
    }
    messages
}

#[test]
fn every_request_over_nats_is_understood_and_written_the_same() {
    let [capture] = &captures("nats-session/conn1-nats.client")[..] else { panic!("one capture") };
    let messages = published(&capture.bytes);
    assert_eq!(messages.len(), 9);
    for message in messages {
        let parts = TwoPart::from_payload(message.payload.clone()).unwrap();
        let control = ControlMessage::decode(&parts.header).unwrap();
        let mut written = BytesMut::new();
        put_two_part(&mut written, &control.encode().unwrap(), &parts.body);
        assert_eq!(written, message.payload, "{}", message.subject);
        assert_eq!(control.request_type, RequestType::SingleIn);
        assert_eq!(control.connection_info.home().unwrap().context, control.id);
        assert!(message.reply.is_some_and(|reply| reply.starts_with("_INBOX.")));
        let (component, endpoint) = message.subject.split_once('.').unwrap();
        assert!(component == "interop_backend" && endpoint.ends_with("-12c8a202db3a2ca7"));
        let mut lines: Vec<&str> = message.headers.split("\r\n").collect();
        assert_eq!((lines.remove(0), lines.split_off(lines.len() - 2)), ("NATS/1.0", vec!["", ""]));
        let names: Vec<&str> = lines.iter().map(|line| line.split_once(": ").unwrap().0).collect();
        assert!(names.iter().all(|name| ["x-frontend-send-ts-ns", "request-id"].contains(name)), "{names:?}");
        let id = lines.iter().find_map(|line| line.strip_prefix("request-id: "));
        assert_eq!(id, Some(&*control.id));
    }
}

/// An accepting acknowledgement is an empty message, in both implementations.
#[test]
fn every_acknowledgement_over_nats_is_the_one_that_we_write() {
    let [capture] = &captures("nats-session/conn0-nats.client")[..] else { panic!("one capture") };
    let acks: Vec<_> = published(&capture.bytes)
        .into_iter()
        .filter(|message| message.subject.starts_with("_INBOX."))
        .collect();
    assert_eq!(acks.len(), 9);
    for ack in acks {
        assert_eq!((&ack.payload, ack.headers.as_str(), ack.reply), (&Ack::Accepted.to_bytes(), "", None));
    }
}
