//! Every call ends: each stage has its limit, and its own error.

use std::time::Duration;

use dynamo_harness::{SOON, within};
use dynamo_sdk::error::{CallErrorKind, Stage};
use dynamo_sdk::prelude::*;
use tokio::time::Instant;

use dynamo_rig::{Bench, Setup};
use dynamo_rig::{Reach, Then, plan};

const LIMIT: Duration = Duration::from_millis(150);

fn ran_out(error: &CallError, expected: Stage, since: Instant) {
    assert_eq!(error.kind(), &CallErrorKind::TimedOut { stage: expected, limit: LIMIT }, "{error}");
    let took = since.elapsed();
    assert!(took >= LIMIT && took < LIMIT + Duration::from_secs(1), "took {took:?}");
    assert!(!error.is_safe_to_retry());
}

pub(crate) async fn a_deadline_kills_the_handler_and_says_so(setup: Setup) {
    let bench = Bench::new(setup).await;
    for round in 0..5 {
        let start = Instant::now();
        let error = bench.lab.hang(format!("h{round}")).timeout(LIMIT).await.unwrap_err();
        ran_out(&error, Stage::Deadline, start);
        bench.journal.sees(SOON, &format!("h{round} ended")).await;
        let start = Instant::now();
        let error = bench.lab.slow_start(format!("s{round}")).timeout(LIMIT).await;
        // Dynamo's form of the response has begun when the worker's own clock ends it.
        let error = match error {
            Err(error) => error,
            Ok(mut items) => items.next().await.unwrap().unwrap_err(),
        };
        ran_out(&error, Stage::Deadline, start);
        bench.journal.sees(SOON, &format!("s{round} ended killed")).await;
    }
}

pub(crate) async fn a_deadline_ends_a_stream_midway(setup: Setup) {
    let bench = Bench::new(setup).await;
    let start = Instant::now();
    let mut items = bench.lab.play(plan("p", 2, Then::Hang)).timeout(LIMIT).await.unwrap();
    assert_eq!(items.try_next().await.unwrap(), Some(0));
    assert_eq!(items.try_next().await.unwrap(), Some(1));
    ran_out(&items.try_next().await.unwrap_err(), Stage::Deadline, start);
    assert!(items.next().await.is_none());
    bench.journal.sees(SOON, "p ended killed").await;
}

pub(crate) async fn a_deadline_reaches_nested_calls(setup: Setup) {
    let bench = Bench::new(setup).await;
    let start = Instant::now();
    let call = bench.lab.reach(Reach { name: "r".into(), left: 2, detached: false });
    ran_out(&call.timeout(LIMIT).await.unwrap_err(), Stage::Deadline, start);
    for hop in [2, 1, 0] {
        bench.journal.sees(SOON, &format!("r/{hop} ended killed")).await;
    }
}

pub(crate) async fn the_first_item_has_a_limit(setup: Setup) {
    let bench = Bench::new(setup).await;
    let start = Instant::now();
    let error = bench.lab.hang_with("h".to_owned()).first_item_timeout(LIMIT).await.unwrap_err();
    ran_out(&error, Stage::FirstItem, start);
    bench.journal.sees(SOON, "h ended killed").await;
    let start = Instant::now();
    let mut items = bench.lab.play(plan("p", 0, Then::Hang)).first_item_timeout(LIMIT).await.unwrap();
    ran_out(&items.try_next().await.unwrap_err(), Stage::FirstItem, start);
    bench.journal.sees(SOON, "p ended killed").await;
    let start = Instant::now();
    let call = bench.lab.slow_start("s".to_owned()).first_item_timeout(LIMIT).into_future();
    let error = match within(SOON, "the limit", call).await {
        Err(error) => error,
        Ok(mut items) => items.next().await.unwrap().unwrap_err(),
    };
    ran_out(&error, Stage::FirstItem, start);
    bench.journal.sees(SOON, "s ended killed").await;
}

pub(crate) async fn silence_has_a_limit(setup: Setup) {
    let bench = Bench::new(setup).await;
    let mut items = bench.lab.play(plan("p", 2, Then::Hang)).idle_timeout(LIMIT).await.unwrap();
    assert_eq!(items.try_next().await.unwrap(), Some(0));
    assert_eq!(items.try_next().await.unwrap(), Some(1));
    let start = Instant::now();
    ran_out(&items.try_next().await.unwrap_err(), Stage::NextItem, start);
    bench.journal.sees(SOON, "p ended killed").await;
}

pub(crate) async fn limits_that_are_off_do_not_end_a_call(setup: Setup) {
    let bench = Bench::tuned(setup, |config| config.first_item_timeout(LIMIT).stream_timeout(LIMIT)).await;
    let call = bench.lab.play(plan("p", 1, Then::Hang));
    let mut items = call.first_item_timeout(Duration::ZERO).idle_timeout(Duration::ZERO).await.unwrap();
    items.next().await.unwrap().unwrap();
    assert!(tokio::time::timeout(LIMIT * 2, items.next()).await.is_err());
    let mut items = bench.lab.play(plan("q", 1, Then::Hang)).await.unwrap();
    items.next().await.unwrap().unwrap();
    let start = Instant::now();
    ran_out(&items.next().await.unwrap().unwrap_err(), Stage::NextItem, start);
}

/// `Duration::MAX` means never, for every limit that a user sets.
pub(crate) async fn the_longest_duration_means_never(setup: Setup) {
    const NEVER: Duration = Duration::MAX;
    let bench = Bench::tuned(setup, |config| {
        config
            .first_item_timeout(NEVER)
            .stream_timeout(NEVER)
            .instance_wait(NEVER)
            .tcp_request_timeout(NEVER)
            .tcp_connect_timeout(NEVER)
            .tcp_host_idle_ttl(NEVER)
            .nats_request_timeout(NEVER)
            .canary_wait_time(NEVER)
            .health_check_request_timeout(NEVER)
    })
    .await;
    bench.lab.wait_ready(1, NEVER).await.unwrap();
    let call = bench.lab.unit().timeout(NEVER).first_item_timeout(NEVER).idle_timeout(NEVER);
    call.await.unwrap();
    let items =
        bench.lab.count(5).timeout(NEVER).first_item_timeout(NEVER).idle_timeout(NEVER).await.unwrap();
    assert_eq!(items.try_collect::<Vec<_>>().await.unwrap().len(), 5);
}
