//! What the server knows of events, and what happens when it is gone.

use std::time::Duration;

use dynamo_harness::{eventually, within};
use dynamo_sdk::error::ErrorKind;
use futures::StreamExt;

use super::place::{Beat, LIMIT, Place, handle, meet, next, publish};

/// The subject and the payload, which are all there is.
#[tokio::test]
async fn an_event_is_the_bare_envelope_on_its_subject() {
    let place = Place::nats().await;
    let worker = place.join().await;
    let plain = async_nats::connect(place.nats.as_ref().unwrap().url()).await.unwrap();
    let mut messages = plain.subscribe("namespace.demo.component.worker.beat").await.unwrap();
    plain.flush().await.unwrap();
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    let heard = async {
        loop {
            publish(&publisher, 5..6).await;
            if let Ok(message) = tokio::time::timeout(Duration::from_millis(50), messages.next()).await {
                return message.unwrap();
            }
        }
    };
    let message = within(LIMIT, "an event", heard).await;
    assert!(message.headers.is_none() && message.reply.is_none(), "{message:?}");
    assert!(message.payload.starts_with(b"\x85\xacpublisher_id\xcf"), "{message:?}");
    assert!(message.payload.ends_with(b"\xa5topic\xa4beat\xa7payload\xc4\x04\x81\xa1n\x05"), "{message:?}");
    let record = place.read_record("event_channels");
    let prefix =
        serde_json::json!({"kind": "Nats", "config": {"subject_prefix": "namespace.demo.component.worker"}});
    assert_eq!(record["transport"], prefix);
    place.end([worker]).await;
}

#[tokio::test]
async fn what_is_no_event_is_counted() {
    let place = Place::nats().await;
    let (worker, reader) = (place.join().await, place.join().await);
    let plain = async_nats::connect(place.nats.as_ref().unwrap().url()).await.unwrap();
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    plain.publish("namespace.demo.component.worker.beat", "no envelope".into()).await.unwrap();
    eventually(LIMIT, "it to be counted", async || beats.counts().malformed == 1).await;
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    publish(&publisher, 1..2).await;
    assert_eq!(next(&mut beats).await.payload.n, 1);
    place.end([worker, reader]).await;
}

#[tokio::test]
async fn events_without_a_server_are_an_error_and_a_gap_and_come_again_with_it() {
    let mut place = Place::nats().await;
    let (worker, reader) = (place.join().await, place.join().await);
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    let met = meet(&publisher, &mut beats).await;
    place.nats.as_mut().unwrap().kill().await;
    let mut tried = 0;
    let failing = async {
        loop {
            tried += 1;
            if let Err(error) = publisher.publish(&Beat { n: 0 }).await {
                return error;
            }
            tokio::task::yield_now().await;
        }
    };
    let error = within(LIMIT, "the publisher to notice", failing).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
    assert!(error.to_string().contains("NATS_SERVER"), "{error}");
    place.nats.as_mut().unwrap().start_again().await;
    let (mut sent, mut expected, mut missed) = (tried, met + 1, 0);
    let again = async {
        for n in 1.. {
            sent += 1;
            let went = publisher.publish(&Beat { n }).await.is_ok();
            while let Ok(item) = tokio::time::timeout(Duration::from_millis(50), beats.next()).await {
                // What comes is consecutive but for what is told as missing.
                let event = item.unwrap().unwrap();
                assert_eq!(event.sequence, expected + event.missed_before);
                expected = event.sequence + 1;
                missed += event.missed_before;
                if event.payload.n == n {
                    assert!(went);
                    return;
                }
            }
        }
    };
    within(LIMIT, "events to come again", again).await;
    assert!(missed > 0, "{expected}");
    assert_eq!(expected, met + 1 + sent);
    place.end([worker, reader]).await;
}

#[tokio::test]
async fn an_event_that_the_server_would_refuse_is_refused_before_it_is_sent() {
    let place = Place::nats().await;
    let worker = place.join().await;
    let publisher = handle(&worker).publisher::<String>("text").await.unwrap();
    // The server allows 1 MiB, unless it is told otherwise.
    let error = publisher.publish(&"x".repeat(1 << 20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("1048576"), "{error}");
    publisher.publish(&"fits".to_owned()).await.unwrap();
    place.end([worker]).await;
}
