//! A call leaves nothing behind, however it ends.

use std::time::Duration;

use dynamo_harness::{eventually, within};
use dynamo_sdk::error::CancelCause;
use dynamo_sdk::prelude::*;
use futures::future::join_all;

use dynamo_rig::{Bench, Setup};
use dynamo_rig::{LabClient, Then, plan};

async fn one_of_each(lab: &LabClient, round: u64) {
    let brief = Duration::from_millis(1 + round % 20);
    lab.fail(false).await.unwrap();
    lab.fail(true).await.unwrap_err();
    lab.blow(1).await.unwrap_err();
    assert_eq!(lab.count(round % 50).await.unwrap().count().await as u64, round % 50);
    lab.client().call::<_, u64>("fail", "x").await.unwrap_err();
    lab.refuse(true).await.unwrap_err();
    lab.hang("h".to_owned()).timeout(brief).await.unwrap_err();
    lab.hang_with("h".to_owned()).first_item_timeout(brief).await.unwrap_err();
    let _ = tokio::time::timeout(brief, lab.slow_start("s".to_owned()).into_future()).await;
    let _ = tokio::time::timeout(brief, lab.hang("h".to_owned()).into_future()).await;
    let mut call = lab.hang("h".to_owned()).into_future();
    let _ = futures::poll!(&mut call);
    drop(call);
    let mut items = lab.play(plan("p", 5, Then::Hang)).await.unwrap();
    items.next().await.unwrap().unwrap();
    drop(items);
    let mut items = lab.play(plan("p", 1, Then::Linger)).await.unwrap();
    items.stop();
    while items.next().await.is_some() {}
    let cx = Context::new();
    let mut items = lab.play(plan("p", 1, Then::Hang)).context(&cx).await.unwrap();
    items.next().await.unwrap().unwrap();
    cx.kill(CancelCause::Requested);
    items.next().await.unwrap().unwrap_err();
}

pub(crate) async fn calls_that_end_in_every_way_leave_nothing(setup: Setup) {
    std::panic::set_hook(Box::new(|_| {}));
    let bench = Bench::new(setup).await;
    bench.lab.fail(false).await.unwrap();
    let both = [&bench.server, &bench.caller];
    let before = both.map(dynamo_rig::tasks);
    let rounds = async {
        for round in 0..10 {
            join_all((0..14).map(|i| one_of_each(&bench.lab, round * 14 + i))).await;
        }
    };
    within(Duration::from_secs(20), "1960 calls", rounds).await;
    let _ = std::panic::take_hook();
    eventually(Duration::from_secs(5), "nothing to be left", async || {
        both.iter().all(|runtime| dynamo_rig::in_flight(runtime) == 0 && dynamo_rig::pending(runtime) == 0)
            // A connection for requests has a task at each end, and may have come in addition.
            && both.iter().zip(before).all(|(runtime, before)| dynamo_rig::tasks(runtime) <= before + 2)
    })
    .await;
    for runtime in both {
        assert!(within(Duration::from_secs(5), "the end", runtime.shutdown()).await);
        assert_eq!(dynamo_rig::tasks(runtime), 0);
    }
}
