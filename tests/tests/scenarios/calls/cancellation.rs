//! Who wants no more says so, and everybody on the way hears of it.

use std::time::Duration;

use dynamo_harness::{SOON, within};
use dynamo_sdk::error::{CallErrorKind, CancelCause};
use dynamo_sdk::prelude::*;
use futures::future::{Either, select};
use tokio::time::Instant;

use dynamo_rig::{BYE, Journal, Reach, Then, plan};
use dynamo_rig::{Bench, Setup};

/// Within this, on a machine that has time. The best of three counts, because this one may have none.
const PROMPT: Duration = Duration::from_millis(100);

/// Lets `future` run until the journal has `line`, and drops it then.
async fn drop_when<F: Future + Unpin>(journal: &Journal, line: &str, future: F) {
    let seen = std::pin::pin!(journal.sees(SOON, line));
    if let Either::Left(_) = select(future, seen).await {
        panic!("the call ended by itself before {line:?}");
    }
}

/// When the handler was gone after each of three calls that `cancel` made and dropped.
async fn ends_promptly(bench: &Bench, mut cancel: impl AsyncFnMut(&Bench, String)) {
    let mut best = SOON;
    for round in 0..3 {
        let name = format!("call{round}");
        cancel(bench, name.clone()).await;
        let dropped = Instant::now();
        let line = bench.journal.sees(SOON, &format!("{name} ended")).await;
        assert!(line.ends_with("killed"), "the context must say it too: {line}");
        best = best.min(dropped.elapsed());
    }
    assert!(best <= PROMPT, "the handler went on for {best:?}");
}

pub(crate) async fn dropping_a_call_before_its_first_item_ends_the_handler(setup: Setup) {
    let bench = Bench::new(setup).await;
    ends_promptly(&bench, async |bench, name| {
        let call = bench.lab.hang_with(name.clone()).into_future();
        drop_when(&bench.journal, &format!("{name} began"), call).await;
    })
    .await;
}

pub(crate) async fn dropping_a_call_before_its_stream_starts_ends_the_handler(setup: Setup) {
    let bench = Bench::new(setup).await;
    ends_promptly(&bench, async |bench, name| {
        let call = bench.lab.slow_start(name.clone()).into_future();
        drop_when(&bench.journal, &format!("{name} began"), call).await;
    })
    .await;
}

pub(crate) async fn dropping_a_stream_midway_ends_the_handler(setup: Setup) {
    let bench = Bench::new(setup).await;
    ends_promptly(&bench, async |bench, name| {
        let mut items = bench.lab.play(plan(&name, 5, Then::Hang)).await.unwrap();
        for i in 0..3 {
            assert_eq!(items.try_next().await.unwrap(), Some(i));
        }
    })
    .await;
}

/// Wherever the call is when it is dropped: whoever began also ends.
pub(crate) async fn dropping_a_call_at_once_leaves_no_handler(setup: Setup) {
    let bench = Bench::new(setup).await;
    for polls in 0..50 {
        let mut call = bench.lab.hang_with("h".to_owned()).into_future();
        for _ in 0..polls % 10 {
            assert!(futures::poll!(&mut call).is_pending());
            tokio::task::yield_now().await;
        }
    }
    // A call that begins after all of these has ended: requests are taken up in order.
    let last = bench.lab.hang_with("last".to_owned()).into_future();
    drop_when(&bench.journal, "last began", last).await;
    bench.journal.sees(SOON, "last ended").await;
    dynamo_harness::eventually(SOON, "all handlers to end", async || {
        let lines = bench.journal.lines();
        let count = |what: &str| lines.iter().filter(|line| line.starts_with(what)).count();
        count("h began") == count("h ended")
    })
    .await;
}

pub(crate) async fn cancellation_reaches_the_third_hop(setup: Setup) {
    let bench = Bench::new(setup).await;
    let call = bench.lab.reach(Reach { name: "r".into(), left: 2, detached: false }).into_future();
    drop_when(&bench.journal, "r/0 began", call).await;
    for hop in [2, 1, 0] {
        let line = bench.journal.sees(SOON, &format!("r/{hop} ended")).await;
        assert!(line.ends_with("killed"), "{line}");
    }
}

/// What is detached is the context. Whoever drops a detached call itself ends it, like any other.
pub(crate) async fn a_detached_call_outlives_the_context_it_was_made_in(setup: Setup) {
    let bench = Bench::new(setup).await;
    let outer = Context::new();
    let lab = bench.lab.clone();
    let kept = outer.clone();
    let call = async move {
        let inherited = lab.hang_with("inherited".to_owned()).context(&kept).into_future();
        let detached = lab.hang_with("detached".to_owned()).detached().into_future();
        futures::future::join(inherited, detached).await
    };
    let mut call = Box::pin(call);
    for line in ["inherited began", "detached began"] {
        let seen = std::pin::pin!(bench.journal.sees(SOON, line));
        assert!(matches!(select(&mut call, seen).await, Either::Right(_)));
    }
    outer.kill(CancelCause::Operator("enough".into()));
    let seen = std::pin::pin!(bench.journal.sees(SOON, "inherited ended"));
    assert!(matches!(select(&mut call, seen).await, Either::Right(_)));
    assert!(!bench.journal.lines().iter().any(|line| line.starts_with("detached ended")));
    drop(call);
    bench.journal.sees(SOON, "detached ended killed").await;
}

pub(crate) async fn a_stop_lets_a_handler_with_context_finish(setup: Setup) {
    let bench = Bench::new(setup).await;
    let mut items = bench.lab.play(plan("p", 2, Then::Linger)).await.unwrap();
    assert_eq!(items.try_next().await.unwrap(), Some(0));
    items.stop();
    assert_eq!(items.try_next().await.unwrap(), Some(1));
    assert_eq!(within(SOON, "the last item", items.try_next()).await.unwrap(), Some(BYE));
    assert_eq!(within(SOON, "the end", items.try_next()).await.unwrap(), None);
    assert_eq!(bench.journal.lines(), ["p began", "p stopped", "p ended stopped"]);
}

pub(crate) async fn a_stop_ends_a_handler_without_context(setup: Setup) {
    let bench = Bench::new(setup).await;
    let mut items = bench.lab.play_blind(plan("p", 2, Then::Hang)).await.unwrap();
    assert_eq!(items.try_next().await.unwrap(), Some(0));
    items.stop();
    let rest: Vec<_> = within(SOON, "the end", items.collect::<Vec<_>>()).await;
    assert!(rest.iter().all(Result::is_ok) && rest.len() <= 1, "a quiet end: {rest:?}");
    bench.journal.sees(SOON, "p ended").await;

    // One response cannot be cut short quietly.
    let cx = Context::new();
    let call = bench.lab.hang("h".to_owned()).context(&cx).into_future();
    let stop = async {
        bench.journal.sees(SOON, "h began").await;
        cx.stop(CancelCause::Requested);
    };
    let (outcome, ()) = within(SOON, "the end", futures::future::join(call, stop)).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), &CallErrorKind::Cancelled { cause: CancelCause::Requested }, "{error:?}");
    bench.journal.sees(SOON, "h ended").await;
}

pub(crate) async fn a_kill_ends_a_handler_that_ignores_everything(setup: Setup) {
    let bench = Bench::new(setup).await;
    let cx = Context::new();
    let mut items = bench.lab.play(plan("p", 1, Then::Hang)).context(&cx).await.unwrap();
    assert_eq!(items.try_next().await.unwrap(), Some(0));
    cx.stop(CancelCause::Requested);
    assert!(futures::poll!(items.next()).is_pending(), "it ignores the stop");
    cx.kill(CancelCause::Operator("enough".into()));
    let error = within(SOON, "the end", items.next()).await.unwrap().unwrap_err();
    // The first cause stays.
    assert!(matches!(error.kind(), CallErrorKind::Cancelled { cause: CancelCause::Requested }), "{error:?}");
    bench.journal.sees(SOON, "p ended killed").await;
    assert!(items.next().await.is_none());
}
