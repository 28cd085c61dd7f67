//! Calls that may be made twice, with a worker that fails them over TCP and another one that does not.

use std::sync::Arc;
use std::time::Duration;

use dynamo_harness::within;
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::discovery::Instance;
use dynamo_sdk::error::{CallErrorKind, Stage};
use dynamo_sdk::prelude::*;
use dynamo_sdk::router::Router;
use tokio::io::AsyncWriteExt;

use crate::bad_peers::wire::{ack, item, prologue};
use crate::bad_peers::worker::{FAKE, Fake, Ours, SOON};

const LIMIT: Duration = Duration::from_millis(200);

/// Picks the worker by hand wherever it is a candidate.
#[derive(Debug)]
struct FakeFirst;

impl Router for FakeFirst {
    fn pick(&self, candidates: &[Arc<Instance>]) -> usize {
        candidates.iter().position(|candidate| candidate.id == FAKE).unwrap_or(0)
    }

    fn fresh(&self) -> Box<dyn Router> {
        Box::new(Self)
    }
}

/// The worker by hand, and a real one beside it.
async fn both() -> (Fake, Ours) {
    let mut fake = Fake::tuned(|config| config.tcp_request_timeout(LIMIT)).await;
    let ours = Ours::serve(&fake.meeting, |config| config).await;
    fake.client = fake.client.with_router(FakeFirst);
    let mut list = fake.client.watch(&EndpointName::from_static("numbers"));
    within(SOON, "both workers", list.wait_for(|list| list.instances.len() == 2)).await.unwrap();
    (fake, ours)
}

/// What a call gives that the worker by hand fails, and whether it came from that one.
async fn call<T>(
    fake: &Fake,
    idempotent: bool,
    worker: impl Future<Output = T>,
) -> Result<(bool, Vec<u64>), CallError> {
    let call = async {
        let call = fake.client.numbers(3);
        let items = if idempotent { call.idempotent() } else { call }.await?;
        let by_hand = items.instance() == Some(FAKE);
        Ok((by_hand, items.try_collect().await?))
    };
    // What the worker keeps open stays open until the call is over.
    let both = async {
        let mut call = std::pin::pin!(call);
        let mut worker = std::pin::pin!(worker);
        tokio::select! {
            outcome = &mut call => (outcome, None),
            kept = &mut worker => (call.await, Some(kept)),
        }
    };
    let (outcome, _kept) = within(SOON, "the end of the call", both).await;
    outcome
}

#[tokio::test]
async fn a_request_that_nobody_acknowledges_is_sent_to_another_worker() {
    let (fake, _ours) = both().await;
    assert_eq!(call(&fake, true, fake.request()).await.unwrap(), (false, vec![0, 1, 2]));
    let (fake, _ours) = both().await;
    let error = call(&fake, false, fake.request()).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::TimedOut { stage: Stage::Acknowledge, .. }), "{error:?}");
}

#[tokio::test]
async fn a_connection_lost_before_the_first_item_is_retried() {
    for started in [false, true] {
        for idempotent in [true, false] {
            let (fake, _ours) = both().await;
            let worker = async {
                let (stream, mut back, home) = fake.dial().await;
                let prologue = if started { prologue() } else { vec![] };
                back.write_all(&[home.handshake(), prologue].concat()).await.unwrap();
                drop(back);
                stream
            };
            let outcome = call(&fake, idempotent, worker).await;
            if idempotent {
                assert_eq!(outcome.unwrap(), (false, vec![0, 1, 2]), "started: {started}");
            } else {
                let error = outcome.unwrap_err();
                assert_eq!((error.kind(), error.items()), (&CallErrorKind::ConnectionLost, 0), "{error:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_behind_the_first_item_is_one() {
    let (fake, _ours) = both().await;
    let one = [prologue(), item(7)].concat();
    let error = call(&fake, true, fake.answer(&one)).await.unwrap_err();
    assert_eq!((error.kind(), error.items()), (&CallErrorKind::ConnectionLost, 1), "{error:?}");
}

#[tokio::test]
async fn a_worker_that_leaves_discovery_before_its_first_item_is_not_waited_for() {
    for started in [false, true] {
        let (fake, _ours) = both().await;
        let worker = async {
            let (mut stream, home) = fake.request().await;
            stream.write_all(&ack("")).await.unwrap();
            let mut back = tokio::net::TcpStream::connect(&home.address).await.unwrap();
            if started {
                back.write_all(&[home.handshake(), prologue()].concat()).await.unwrap();
            }
            fake.leave().await;
            (stream, back)
        };
        assert_eq!(call(&fake, true, worker).await.unwrap(), (false, vec![0, 1, 2]), "started: {started}");
    }
}

#[tokio::test]
async fn a_draining_worker_without_replacement_may_still_answer() {
    let fake = Fake::new().await;
    let worker = async {
        let (stream, mut back, home) = fake.dial().await;
        back.write_all(&[home.handshake(), prologue()].concat()).await.unwrap();
        fake.keep(stream);
        // A second call, which does not start, ends when the grace for those that do not has passed.
        let other = fake.client.numbers(3).into_future();
        let acknowledged = async {
            let (mut stream, _) = fake.request().await;
            stream.write_all(&ack("")).await.unwrap();
            fake.leave().await;
            stream
        };
        let (error, stream) = tokio::join!(other, acknowledged);
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.items()), (&CallErrorKind::ConnectionLost, 0), "{error:?}");
        back.write_all(
            &[item(7), crate::bad_peers::wire::last(), crate::bad_peers::wire::sentinel()].concat(),
        )
        .await
        .unwrap();
        (stream, back)
    };
    assert_eq!(call(&fake, true, worker).await.unwrap(), (true, vec![7]));
}
