//! Workers that do not get as far as calling home. Each stage has its limit.

use std::time::Duration;

use dynamo_harness::within;
use dynamo_sdk::error::{CallErrorKind, Stage};
use dynamo_sdk::prelude::*;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::bad_peers::wire::{ack, item, last, prologue, sentinel};
use crate::bad_peers::worker::{Fake, SOON};

const LIMIT: Duration = Duration::from_millis(200);

async fn fake() -> Fake {
    Fake::tuned(|config| config.tcp_request_timeout(LIMIT).first_item_timeout(LIMIT)).await
}

async fn call(fake: &Fake) -> (Result<Vec<u64>, CallError>, Duration) {
    let start = Instant::now();
    let call = async { fake.client.numbers(3).await?.try_collect().await };
    let outcome = within(SOON, "the end of the call", call).await;
    (outcome, start.elapsed())
}

fn ran_out(outcome: (Result<Vec<u64>, CallError>, Duration), expected: Stage) {
    let (outcome, took) = outcome;
    let error = outcome.unwrap_err();
    assert!(
        matches!(error.kind(), CallErrorKind::TimedOut { stage, limit: LIMIT } if *stage == expected),
        "{error:?}"
    );
    assert!(took >= LIMIT && took < LIMIT + Duration::from_secs(1), "{took:?}");
    assert!(!error.is_safe_to_retry());
}

#[tokio::test]
async fn a_worker_that_never_acknowledges() {
    let fake = fake().await;
    let (outcome, _kept) = futures::future::join(call(&fake), fake.request()).await;
    ran_out(outcome, Stage::Acknowledge);
    assert_eq!(dynamo_rig::pending(&fake.caller), 0);
}

#[tokio::test]
async fn a_worker_that_acknowledges_and_never_calls() {
    let fake = fake().await;
    let worker = async {
        let (mut stream, _) = fake.request().await;
        stream.write_all(&ack("")).await.unwrap();
        stream
    };
    let (outcome, _kept) = futures::future::join(call(&fake), worker).await;
    ran_out(outcome, Stage::FirstItem);
    assert_eq!(dynamo_rig::pending(&fake.caller), 0);
}

#[tokio::test]
async fn a_worker_that_calls_and_never_starts() {
    let fake = fake().await;
    for handshake in [false, true] {
        let worker = async {
            let (stream, mut back, home) = fake.dial().await;
            if handshake {
                back.write_all(&home.handshake()).await.unwrap();
            }
            fake.keep(stream);
            back
        };
        let (outcome, _kept) = futures::future::join(call(&fake), worker).await;
        ran_out(outcome, Stage::FirstItem);
    }
}

#[tokio::test]
async fn a_worker_that_calls_and_hangs_up_before_its_handshake() {
    let fake = fake().await;
    // Nobody can know whose call that was.
    let worker = async {
        let (stream, back, _) = fake.dial().await;
        drop(back);
        stream
    };
    let (outcome, _kept) = futures::future::join(call(&fake), worker).await;
    ran_out(outcome, Stage::FirstItem);
}

#[tokio::test]
async fn a_worker_that_starts_and_never_sends() {
    let fake = fake().await;
    let worker = async {
        let (stream, mut back, home) = fake.dial().await;
        back.write_all(&[home.handshake(), prologue()].concat()).await.unwrap();
        (stream, back)
    };
    let (outcome, _kept) = futures::future::join(call(&fake), worker).await;
    ran_out(outcome, Stage::FirstItem);
}

#[tokio::test]
async fn a_worker_that_acknowledges_and_leaves_discovery() {
    let fake = Fake::new().await;
    let worker = async {
        let (mut stream, _) = fake.request().await;
        stream.write_all(&ack("")).await.unwrap();
        fake.leave().await;
        (stream, Instant::now())
    };
    let ((outcome, _), (_kept, left)) = futures::future::join(call(&fake), worker).await;
    assert!(left.elapsed() < Duration::from_secs(2));
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.items()), (&CallErrorKind::ConnectionLost, 0), "{error:?}");
}

#[tokio::test]
async fn acknowledgements_that_are_none() {
    let fake = fake().await;
    for (text, overloaded) in [
        ("Server overloaded: busy", true),
        ("Server unavailable: unknown endpoint any/path", false),
        ("Server unavailable: ", false),
        ("Read error: message too large: 5 bytes (max: 4 bytes)", false),
        ("Invalid endpoint path", false),
    ] {
        let worker = async {
            let (mut stream, _) = fake.request().await;
            stream.write_all(&ack(text)).await.unwrap();
            fake.keep(stream);
        };
        let ((outcome, took), ()) = futures::future::join(call(&fake), worker).await;
        let error = outcome.unwrap_err();
        match error.kind() {
            CallErrorKind::Overloaded { message } if overloaded => assert_eq!(message, "busy"),
            CallErrorKind::NotDelivered if !overloaded => {}
            _ => panic!("{text}: {error:?}"),
        }
        assert!(error.is_safe_to_retry() && took < LIMIT, "{error:?} after {took:?}");
    }
}

/// What is not known is an acceptance.
#[tokio::test]
async fn an_unknown_acknowledgement_is_an_acceptance() {
    let fake = Fake::new().await;
    let worker = async {
        let (mut stream, home) = fake.request().await;
        for byte in ack("server overloaded: in small letters") {
            stream.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut back = tokio::net::TcpStream::connect(&home.address).await.unwrap();
        back.write_all(&[home.handshake(), prologue(), item(5), last(), sentinel()].concat()).await.unwrap();
        (stream, back)
    };
    let ((outcome, _), _kept) = futures::future::join(call(&fake), worker).await;
    assert_eq!(outcome.unwrap(), [5]);
}

#[tokio::test]
async fn a_request_connection_that_breaks_loses_the_call() {
    let fake = fake().await;
    for answer in [vec![], vec![0, 0], vec![255; 40]] {
        // The last connection is known to be broken by now, so that this call opens another.
        let worker = async {
            let (mut stream, _) = fake.request().await;
            stream.write_all(&answer).await.unwrap();
            stream.shutdown().await.unwrap();
            stream
        };
        let ((outcome, took), _kept) = futures::future::join(call(&fake), worker).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.items()), (&CallErrorKind::ConnectionLost, 0), "{error:?}");
        assert!(!error.is_safe_to_retry(), "it may have been taken up");
        assert!(took < LIMIT, "{took:?}");
    }
}

#[tokio::test]
async fn a_worker_that_cannot_be_reached() {
    let Fake { listener, client, caller, .. } = fake().await;
    drop(listener);
    let error = client.numbers(3).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::NotDelivered), "{error:?}");
    assert!(error.is_safe_to_retry());
    assert_eq!(dynamo_rig::pending(&caller), 0);
}
