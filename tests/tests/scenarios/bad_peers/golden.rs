//! What really goes over the wire, byte for byte: not the encoders alone, but a whole call of ours.

use dynamo_harness::within;
use dynamo_sdk::prelude::*;
use futures::future::join;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::bad_peers::callers::{Caller, ours};
use crate::bad_peers::wire::{ack, item, last, prologue, sentinel};
use crate::bad_peers::worker::{Fake, SOON};

/// A two-part frame, written out: two lengths and no checksum.
fn frame(header: &[u8], body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    for length in [header.len() as u64, body.len() as u64, 0] {
        frame.extend(length.to_be_bytes());
    }
    [&frame, header, body].concat()
}

#[tokio::test]
async fn a_response_of_our_worker_has_these_bytes_in_both_codecs() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    for (codec, request, item, end) in [
        (
            "json",
            &b"21"[..],
            &br#"{"data":{"data":42},"complete_final":false}"#[..],
            &br#"{"complete_final":true}"#[..],
        ),
        (
            "msgpack",
            b"\x15",
            b"\x82\xa4data\x81\xa4data\x2a\xaecomplete_final\xc2",
            b"\x81\xaecomplete_final\xc3",
        ),
    ] {
        let mut control = caller.control("golden");
        control["payload_codec"] = json!(codec);
        let request = caller.frame(&control, request);
        caller.stream.write_all(&request).await.unwrap();
        let mut ack = [1; 4];
        caller.stream.read_exact(&mut ack).await.unwrap();
        assert_eq!(ack, [0; 4]);
        let expected = [
            frame(br#"{"subject":"subject of golden","stream_type":"response"}"#, b""),
            frame(br#"{"error":null}"#, b""),
            frame(b"", item),
            frame(b"", end),
            frame(br#""sentinel""#, b""),
        ]
        .concat();
        let (mut back, _) = within(SOON, "a call home", caller.home.accept()).await.unwrap();
        let mut bytes = vec![0; expected.len()];
        within(SOON, "the response", back.read_exact(&mut bytes)).await.unwrap();
        assert_eq!(bytes.escape_ascii().to_string(), expected.escape_ascii().to_string());
    }
}

#[tokio::test]
async fn a_request_of_our_client_has_these_bytes() {
    let fake = Fake::new().await;
    let call = async {
        let call = fake.client.numbers(3).request_id("golden").metadata("tenant", "t1");
        call.await.unwrap().try_collect::<Vec<_>>().await.unwrap()
    };
    let worker = async {
        let (mut stream, _) = fake.listener.accept().await.unwrap();
        let path = read(&mut stream, 2).await;
        assert_eq!(path, b"any/path");
        let headers: serde_json::Map<_, _> = serde_json::from_slice(&read(&mut stream, 2).await).unwrap();
        assert_eq!(
            (&headers["request-id"], &headers["x-endpoint-path"]),
            (&json!("golden"), &json!("any/path"))
        );
        assert!(headers["x-frontend-send-ts-ns"].as_str().unwrap().parse::<u64>().is_ok());
        assert_eq!(headers.len(), 3, "{headers:?}");
        let payload = read(&mut stream, 4).await;
        let text = String::from_utf8_lossy(&payload).into_owned();
        let between = |from: &str, to: &str| text.split_once(from).unwrap().1.split_once(to).unwrap().0;
        let address = between(r#"{\"address\":\""#, r#"\""#);
        let subject = between(r#"\"subject\":\""#, r#"\""#);
        let control = format!(
            r#"{{"id":"golden","request_type":"single_in","response_type":"many_out","payload_codec":"json","connection_info":{{"transport":"tcp_server","info":"{{\"address\":\"{address}\",\"subject\":\"{subject}\",\"context\":\"golden\",\"stream_type\":\"response\"}}"}},"metadata":{{"tenant":"t1"}}}}"#
        );
        assert_eq!(
            payload.escape_ascii().to_string(),
            frame(control.as_bytes(), b"3").escape_ascii().to_string()
        );
        stream.write_all(&ack("")).await.unwrap();
        let mut back = tokio::net::TcpStream::connect(address).await.unwrap();
        let handshake = json!({ "subject": subject, "stream_type": "response" }).to_string();
        let answer = [frame(handshake.as_bytes(), b""), prologue(), item(0), last(), sentinel()].concat();
        back.write_all(&answer).await.unwrap();
        // A caller that has the end says nothing: it closes.
        assert!(matches!(back.read(&mut [0; 64]).await, Ok(0) | Err(_)));
        stream
    };
    let (items, _kept) = within(SOON, "a call", join(call, worker)).await;
    assert_eq!(items, [0]);
}

/// Reads what a length of `size` bytes announces.
async fn read(stream: &mut tokio::net::TcpStream, size: usize) -> Vec<u8> {
    let mut length = [0; 8];
    stream.read_exact(&mut length[8 - size..]).await.unwrap();
    let mut bytes = vec![0; u64::from_be_bytes(length) as usize];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}
