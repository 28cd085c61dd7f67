//! Workers that call home and then misbehave.

use dynamo_harness::within;
use dynamo_sdk::error::CallErrorKind;
use dynamo_sdk::prelude::*;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::bad_peers::wire::{control, data, item, last, prologue, sentinel, two_part};
use crate::bad_peers::worker::{Fake, SOON};

/// The items that arrived, and the error behind them.
fn split(items: Vec<Result<u64, CallError>>) -> (Vec<u64>, Option<CallError>) {
    let (mut values, mut failure) = (Vec::new(), None);
    for item in items {
        assert!(failure.is_none(), "nothing follows an error");
        match item {
            Ok(value) => values.push(value),
            Err(error) => failure = Some(error),
        }
    }
    (values, failure)
}

async fn answered(fake: &Fake, frames: &[Vec<u8>]) -> (Vec<u64>, Option<CallError>) {
    let mut bytes = prologue();
    bytes.extend(frames.concat());
    split(fake.call(&bytes).await.unwrap())
}

fn protocol(error: Option<&CallError>, what: &str) {
    match error.map(CallError::kind) {
        Some(CallErrorKind::Protocol { what: said }) => assert!(said.contains(what), "{said}"),
        _ => panic!("{what}: {error:?}"),
    }
}

#[tokio::test]
async fn a_good_answer_is_taken() {
    let fake = Fake::new().await;
    let (items, error) = answered(&fake, &[item(0), item(1), last(), sentinel()]).await;
    assert_eq!((items, error.is_none()), (vec![0, 1], true));
}

#[tokio::test]
async fn a_stream_that_is_cut_after_k_items_is_a_loss() {
    let fake = Fake::new().await;
    for k in 0..5_u64 {
        let frames: Vec<_> = (0..k).map(item).collect();
        for end in [vec![], sentinel(), last()[..20].to_vec()] {
            let mut frames = frames.clone();
            frames.push(end);
            let (items, error) = answered(&fake, &frames).await;
            assert_eq!(items, (0..k).collect::<Vec<_>>());
            let error = error.expect("a loss");
            assert_eq!((error.kind(), error.items()), (&CallErrorKind::ConnectionLost, k), "{error:?}");
            assert!(!error.is_safe_to_retry());
        }
    }
}

#[tokio::test]
async fn the_final_item_is_the_end_whatever_follows_or_does_not() {
    let fake = Fake::new().await;
    for (frames, expected) in [
        (vec![item(0), last()], vec![0]),
        (vec![item(0), data(&json!({ "data": { "data": 1 }, "complete_final": true }))], vec![0, 1]),
        (vec![item(0), data(&json!({ "data": null, "complete_final": true })), sentinel()], vec![0]),
        (vec![two_part(b"", b""), item(0), two_part(b"", b""), last(), sentinel()], vec![0]),
        (vec![last(), sentinel()], vec![]),
    ] {
        let (items, error) = answered(&fake, &frames).await;
        assert_eq!(items, expected);
        assert!(error.is_none(), "{error:?}");
    }
}

#[tokio::test]
async fn frames_may_arrive_byte_by_byte() {
    let fake = Fake::new().await;
    let frames = [prologue(), item(0), item(1), last(), sentinel()].concat();
    let call = async { fake.client.numbers(3).await.unwrap().try_collect::<Vec<_>>().await.unwrap() };
    let answer = async {
        let (_stream, mut back, home) = fake.dial().await;
        for byte in home.handshake().into_iter().chain(frames) {
            back.write_all(&[byte]).await.unwrap();
            back.flush().await.unwrap();
            tokio::task::yield_now().await;
        }
        // The caller closes when it has the end.
        let _ = within(SOON, "the close", back.read(&mut [0; 64])).await;
    };
    let (items, ()) = within(SOON, "the call", futures::future::join(call, answer)).await;
    assert_eq!(items, [0, 1]);
}

#[tokio::test]
async fn what_is_no_item_breaks_the_protocol() {
    let fake = Fake::new().await;
    let (items, error) = answered(&fake, &[item(0), last(), item(1)]).await;
    assert_eq!(items, [0]);
    protocol(error.as_ref(), "after the end");
    let empty = data(&json!({ "complete_final": false }));
    let (items, error) = answered(&fake, &[item(0), empty, item(1), last(), sentinel()]).await;
    assert_eq!(items, [0]);
    protocol(error.as_ref(), "without content");
    for header in [json!("stop"), json!("kill"), json!("what"), json!({ "error": null }), json!(7)] {
        let (items, error) = answered(&fake, &[item(0), control(&header), item(1), last()]).await;
        assert_eq!(items, [0]);
        protocol(error.as_ref(), "control message");
    }
    let (items, error) = answered(&fake, &[item(0), two_part(b"\"sentinel\"", b"x")]).await;
    assert_eq!(items, [0]);
    protocol(error.as_ref(), "control message");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_named_by_its_number() {
    let fake = Fake::new().await;
    let two = data(&json!({ "data": { "data": "two" }, "complete_final": false }));
    for body in
        [two_part(b"", b"garbage"), two, data(&json!([1, 2])), two_part(b"", b"{\"data\":{\"data\":1}")]
    {
        let (items, error) = answered(&fake, &[item(0), body, item(1), last(), sentinel()]).await;
        assert_eq!(items, [0]);
        assert!(
            matches!(error.as_ref().map(CallError::kind), Some(CallErrorKind::Decode { item: 1, .. })),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn an_announced_length_is_not_believed() {
    let fake = Fake::tuned(|config| config.max_item_size(1000_usize)).await;
    for lens in [[u64::MAX, u64::MAX, 0], [0, u64::MAX, 0], [1, u64::MAX, 0], [0, 1001, 0], [1 << 40, 0, 0]] {
        let head: Vec<u8> = lens.iter().flat_map(|len: &u64| len.to_be_bytes()).collect();
        let (items, error) = answered(&fake, &[item(0), head]).await;
        assert_eq!(items, [0]);
        protocol(error.as_ref(), "frame");
    }
}

#[tokio::test]
async fn a_worker_that_hangs_up_early_is_a_loss() {
    let fake = Fake::new().await;
    for _ in 0..3 {
        // After its handshake, before its prologue.
        let error = fake.call(b"").await.unwrap_err();
        assert_eq!((error.kind(), error.items()), (&CallErrorKind::ConnectionLost, 0), "{error:?}");
        let error = fake.call(&prologue()[..20]).await.unwrap_err();
        assert_eq!((error.kind(), error.items()), (&CallErrorKind::ConnectionLost, 0), "{error:?}");
    }
}

#[tokio::test]
async fn a_start_of_another_kind_breaks_the_protocol() {
    let fake = Fake::new().await;
    for start in
        [item(0), two_part(b"x", b"y"), two_part(b"garbage", b""), two_part(&[255; 40], b""), sentinel()]
    {
        protocol(Some(&fake.call(&start).await.unwrap_err()), "prologue");
    }
    let (items, error) =
        split(fake.call(&[control(&json!({})), item(0), last(), sentinel()].concat()).await.unwrap());
    assert_eq!((items, error.is_none()), (vec![0], true));
}

#[tokio::test]
async fn a_worker_may_say_why_it_does_not_start() {
    let fake = Fake::new().await;
    let typed = json!({ "error": "Generate Error: no", "typed_error": {
        "error_type": "InvalidArgument", "class": "InvalidRequest", "reason": "request.invalid", "message": "no" } });
    for (start, class, message) in [
        (typed, ErrorClass::InvalidRequest, "no"),
        (json!({ "error": "Generate Error: plain" }), ErrorClass::Internal, "plain"),
        (json!({ "error": "bare", "typed_error": 5 }), ErrorClass::Internal, "bare"),
    ] {
        let error = fake.call(&[control(&start), sentinel()].concat()).await.unwrap_err();
        let said = error.endpoint_error().unwrap_or_else(|| panic!("{error:?}"));
        assert_eq!((said.class(), said.message()), (class, message));
        assert!(!error.is_safe_to_retry(), "a foreign worker may have begun");
    }
}
