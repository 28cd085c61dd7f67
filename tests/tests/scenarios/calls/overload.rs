//! Too much work is refused at once, typed, and hurts nobody else.

use std::time::Duration;

use dynamo_harness::{SOON, eventually, within};
use dynamo_sdk::error::CallErrorKind;
use dynamo_sdk::prelude::*;
use futures::future::{Either, select};
use tokio::time::Instant;

use dynamo_rig::{Bench, Setup};
use dynamo_rig::{Then, plan};

pub(crate) async fn one_call_too_many_is_refused_and_the_others_go_on(setup: Setup) {
    let bench = Bench::tuned(setup, |c| c.max_concurrent_calls(1_usize).max_queued_calls(1_usize)).await;
    let mut first = bench.lab.play(plan("p", 2, Then::Linger)).await.unwrap();
    assert_eq!(first.try_next().await.unwrap(), Some(0));
    // Of two more, one waits and one is refused.
    let start = Instant::now();
    let (second, third) = (bench.lab.fail(false).into_future(), bench.lab.fail(false).into_future());
    let (refused, waiting) = match select(second, third).await {
        Either::Left(both) | Either::Right(both) => both,
    };
    let error = refused.unwrap_err();
    assert!(
        matches!(error.kind(), CallErrorKind::Overloaded { message, .. } if message.contains("capacity")),
        "{error:?}"
    );
    assert!(error.is_safe_to_retry());
    assert!(start.elapsed() < Duration::from_secs(1), "at once, not after {:?}", start.elapsed());
    // The first goes on, and the second after it.
    assert_eq!(first.try_next().await.unwrap(), Some(1));
    first.stop();
    let rest: Vec<_> = within(SOON, "the first call", first.try_collect()).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(within(SOON, "the second call", waiting).await.unwrap(), 7);
}

pub(crate) async fn the_count_comes_back_however_a_call_ends(setup: Setup) {
    let bench = Bench::tuned(setup, |c| c.max_concurrent_calls(1_usize).max_queued_calls(0_usize)).await;
    let lab = &bench.lab;
    for round in 0..5 {
        // Whoever has the end of a call may make the next.
        assert_eq!(lab.fail(false).await.unwrap(), 7);
        lab.fail(true).await.unwrap_err();
        lab.blow(1).await.unwrap_err();
        assert_eq!(
            lab.refuse(true).await.unwrap_err().endpoint_error().unwrap().class(),
            ErrorClass::InvalidRequest
        );
        lab.refuse(false).await.unwrap().next().await.unwrap().unwrap_err();
        lab.stumble(1).await.unwrap().next().await.unwrap().unwrap_err();
        lab.client().call::<_, u64>("fail", "x").await.unwrap_err();
        assert_eq!(lab.count(5).await.unwrap().count().await, 5);
        let name = format!("p{round}");
        let mut held = lab.play(plan(&name, 1, Then::Hang)).await.unwrap();
        held.next().await.unwrap().unwrap();
        let refused = lab.fail(false).await.unwrap_err();
        assert!(matches!(refused.kind(), CallErrorKind::Overloaded { .. }), "{refused:?}");
        drop(held);
        bench.journal.sees(SOON, &format!("{name} ended")).await;
        eventually(SOON, "the place", async || lab.fail(false).await.is_ok()).await;
        let late = lab.hang("h".to_owned()).timeout(Duration::from_millis(20)).await.unwrap_err();
        assert!(matches!(late.kind(), CallErrorKind::TimedOut { .. }), "{late:?}");
        eventually(SOON, "the place", async || lab.fail(false).await.is_ok()).await;
    }
}

pub(crate) async fn a_full_worker_is_passed_over(setup: Setup) {
    let bench = Bench::tuned(setup, |c| c.max_concurrent_calls(1_usize).max_queued_calls(0_usize)).await;
    let (_other, _serving, _) = bench.another(|config| config).await;
    let mut held =
        bench.lab.play(plan("p", 1, Then::Hang)).instance(bench.server.instance_id()).await.unwrap();
    held.next().await.unwrap().unwrap();
    for _ in 0..50 {
        assert_eq!(bench.lab.fail(false).await.unwrap(), 7);
    }
}
