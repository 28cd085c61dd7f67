//! Peers of other versions: codec and transport are those of each instance's record, what is not known is passed over,
//! and what is missing means the oldest form.

use std::time::Duration;

use dynamo_harness::within;
use dynamo_sdk::error::CallErrorKind;
use dynamo_sdk::prelude::*;
use futures::future::join;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::bad_peers::callers::{Caller, ours};
use crate::bad_peers::wire::{ack, item, last, prologue, read_request, sentinel, two_part};
use crate::bad_peers::worker::{Fake, SOON};

/// The request that comes, and its answer in JSON or msgpack.
async fn answered(fake: &Fake, msgpack: bool) -> (Value, Vec<u8>) {
    let (mut stream, _) = within(SOON, "a connection", fake.listener.accept()).await.unwrap();
    let (_, control, body) = within(SOON, "a request", read_request(&mut stream)).await.unwrap();
    stream.write_all(&ack("")).await.unwrap();
    let info: Value = serde_json::from_str(control["connection_info"]["info"].as_str().unwrap()).unwrap();
    let mut back = TcpStream::connect(info["address"].as_str().unwrap()).await.unwrap();
    let handshake = json!({ "subject": info["subject"], "stream_type": "response" });
    let mut answer = [two_part(handshake.to_string().as_bytes(), b""), prologue()].concat();
    if msgpack {
        answer.extend(two_part(b"", b"\x82\xa4data\x81\xa4data\x07\xaecomplete_final\xc2"));
        answer.extend(two_part(b"", b"\x81\xaecomplete_final\xc3"));
    } else {
        answer.extend([item(7), last()].concat());
    }
    answer.extend(sentinel());
    back.write_all(&answer).await.unwrap();
    let mut rest = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut back, &mut rest).await;
    (control, body)
}

async fn called(fake: &Fake, msgpack: bool) -> (Value, Vec<u8>) {
    let call = async { fake.client.numbers(3).await?.try_collect::<Vec<_>>().await };
    let (items, request) = within(SOON, "a call", join(call, answered(fake, msgpack))).await;
    assert_eq!(items.unwrap(), [7]);
    request
}

#[tokio::test]
async fn a_record_without_a_codec_is_called_in_json_whatever_else_it_says() {
    let fake = Fake::new().await;
    fake.change(|record| {
        record.as_object_mut().unwrap().remove("request_plane_codec");
        record["a_later_field"] = json!({ "deep": [1, { "er": null }] });
        record["device_type"] = json!("abacus");
    })
    .await;
    let (control, body) = called(&fake, false).await;
    assert_eq!((&control["payload_codec"], &*body), (&json!("json"), &b"3"[..]));
    let list = fake.client.instances(&dynamo_sdk::address::EndpointName::from_static("numbers"));
    assert_eq!(list.instances[0].extra["a_later_field"], json!({ "deep": [1, { "er": null }] }));
    assert_eq!(list.instances[0].device_type.as_deref(), Some("abacus"));
}

#[tokio::test]
async fn a_record_that_changes_is_followed() {
    let fake = Fake::new().await;
    let (control, body) = called(&fake, false).await;
    assert_eq!((&control["payload_codec"], &*body), (&json!("json"), &b"3"[..]));
    fake.change(|record| record["request_plane_codec"] = json!("msgpack")).await;
    let (control, body) = called(&fake, true).await;
    assert_eq!((&control["payload_codec"], &*body), (&json!("msgpack"), &[3][..]));
    fake.change(|record| record["request_plane_codec"] = json!(null)).await;
    let (control, _) = called(&fake, false).await;
    assert_eq!(control["payload_codec"], json!("json"));
}

/// A worker that wants what nobody here speaks is not called in something else.
#[tokio::test]
async fn an_instance_with_an_unknown_codec_or_transport_is_not_called() {
    let fake = Fake::tuned(|config| config.instance_wait(Duration::from_millis(200))).await;
    for change in [
        |record: &mut Value| record["request_plane_codec"] = json!("cbor"),
        |record: &mut Value| record["type"] = json!("Endpoint2"),
    ] {
        fake.change(change).await;
        let error = fake.client.numbers(3).await.unwrap_err();
        assert!(matches!(error.kind(), CallErrorKind::NoInstances { .. }), "{error:?}");
    }
    fake.change(|record| record["transport"] = json!({ "smoke": "signals" })).await;
    let error = fake.client.numbers(3).await.unwrap_err();
    let CallErrorKind::IncompatibleTransport { theirs, ours: "tcp" } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(theirs, "smoke");
}

#[tokio::test]
async fn a_control_message_of_the_oldest_form_or_of_a_later_one_is_served() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    for change in [
        |control: &mut Value| _ = control.as_object_mut().unwrap().remove("payload_codec"),
        |control: &mut Value| control["payload_codec"] = json!(null),
        |control: &mut Value| control["metadata"] = json!(null),
        |control: &mut Value| control["response_type"] = json!("single_out"),
        |control: &mut Value| control["a_later_field"] = json!([{ "deep": true }]),
        |control: &mut Value| control["connection_info"]["later"] = json!(1),
        |control: &mut Value| control["frontend_send_ts_ns"] = json!(u64::MAX),
    ] {
        let mut control = caller.control("c");
        change(&mut control);
        let frame = caller.frame(&control, b"21");
        assert_eq!(caller.send(&frame).await, "", "{control}");
        let (_, start, bodies) = caller.answer().await;
        assert_eq!(start, json!({ "error": null }), "{control}");
        assert_eq!(bodies[0], json!({ "data": { "data": 42 }, "complete_final": false }), "{control}");
    }
}
