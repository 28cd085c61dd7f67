//! Leaving in order, within limits.

use std::time::Duration;

use dynamo_harness::{SOON, within};
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::error::{CallErrorKind, ErrorKind, Reason};
use dynamo_sdk::prelude::*;
use dynamo_sdk::server::ServingState;
use tokio::time::Instant;

use dynamo_rig::{BYE, Lab, Then, plan};
use dynamo_rig::{Bench, Setup};

const PHASE: Duration = Duration::from_millis(200);

async fn no_instances(bench: &Bench) {
    let mut list = bench.lab.watch(&EndpointName::from_static("play"));
    within(SOON, "the records to go", list.wait_for(|list| list.instances.is_empty())).await.unwrap();
}

pub(crate) async fn a_stream_in_flight_ends_with_its_end_mark(setup: Setup) {
    let bench = Bench::new(setup).await;
    let mut items = bench.lab.play(plan("p", 2, Then::Linger)).await.unwrap();
    items.next().await.unwrap().unwrap();
    let mut state = bench.serving.state();
    assert_eq!(*state.borrow_and_update(), ServingState::Running);
    let serving = bench.serving;
    let end = bench.server.runtime().spawn(async move { serving.shutdown().await });
    within(SOON, "a change", state.changed()).await.unwrap();
    assert_eq!(*state.borrow_and_update(), ServingState::Draining);
    assert_eq!(items.try_next().await.unwrap(), Some(1));
    items.stop();
    let rest: Vec<_> = within(SOON, "the end", items.try_collect()).await.unwrap();
    assert_eq!(rest, [BYE]);
    within(SOON, "a change", state.changed()).await.unwrap();
    assert_eq!(*state.borrow_and_update(), ServingState::Deregistered);
    within(SOON, "the end", end).await.unwrap();
}

pub(crate) async fn the_record_goes_first_and_new_calls_are_refused(setup: Setup) {
    let bench = Bench::tuned(setup, |config| config.instance_wait(Duration::from_millis(100))).await;
    let mut items = bench.lab.play(plan("p", 3, Then::Linger)).await.unwrap();
    items.next().await.unwrap().unwrap();
    let (state, server) = (bench.serving.state(), bench.server.clone());
    let serving = bench.serving;
    let end = server.runtime().spawn(async move { serving.shutdown().await });
    let mut list = bench.lab.watch(&EndpointName::from_static("play"));
    within(SOON, "the record to go", list.wait_for(|list| list.instances.is_empty())).await.unwrap();
    assert_eq!(*state.borrow(), ServingState::Draining, "a call is in flight");
    let error = bench.lab.play(plan("q", 1, Then::End)).await.unwrap_err();
    assert!(
        matches!(error.kind(), CallErrorKind::NoInstances { .. } | CallErrorKind::NotDelivered),
        "{error:?}"
    );
    assert!(error.is_safe_to_retry());
    items.stop();
    assert_eq!(items.count().await, 3);
    within(SOON, "the end", end).await.unwrap();
}

pub(crate) async fn a_leftover_call_is_stopped_then_killed_and_told(setup: Setup) {
    let bench = Bench::tuned(setup, |c| c.graceful_shutdown_timeout(PHASE).shutdown_grace(PHASE)).await;
    let told = async |outcome: Option<Result<u64, CallError>>| {
        let error = outcome.unwrap().unwrap_err();
        let error = error.endpoint_error().unwrap_or_else(|| panic!("{error:?}")).clone();
        assert_eq!((error.class(), error.reason()), (ErrorClass::Unavailable, Reason::BackendEngineShutdown));
    };
    let mut deaf = bench.lab.play(plan("deaf", 1, Then::Hang)).await.unwrap();
    let mut blind = bench.lab.play_blind(plan("blind", 1, Then::Hang)).await.unwrap();
    let mut polite = bench.lab.play(plan("polite", 1, Then::Linger)).await.unwrap();
    for items in [&mut deaf, &mut blind, &mut polite] {
        items.next().await.unwrap().unwrap();
    }
    let start = Instant::now();
    let calls = async {
        let (deaf, blind, polite) =
            futures::future::join3(deaf.next(), blind.next(), polite.try_collect::<Vec<_>>()).await;
        told(deaf).await;
        told(blind).await;
        assert_eq!(polite.unwrap(), [BYE]);
    };
    let ((), ()) = within(SOON, "the end", futures::future::join(calls, bench.serving.shutdown())).await;
    let took = start.elapsed();
    assert!(took >= PHASE * 2 && took < PHASE * 3 + Duration::from_secs(1), "{took:?}");
    bench.journal.sees(SOON, "deaf ended killed").await;
    assert!(bench.server.shutdown().await, "every call had ended");
}

pub(crate) async fn dropping_the_handle_takes_the_component_away(setup: Setup) {
    let bench = Bench::new(setup).await;
    let Bench { lab, serving, .. } = &bench;
    let mut state = serving.state();
    assert_eq!(lab.fail(false).await.unwrap(), 7);
    let bench = {
        let Bench { setup, lab, journal, serving, server, caller, world } = bench;
        drop(serving);
        (setup, lab, journal, server, caller, world)
    };
    within(SOON, "the end", state.wait_for(|state| *state == ServingState::Deregistered)).await.unwrap();
    let mut list = bench.1.watch(&EndpointName::from_static("fail"));
    within(SOON, "the records to go", list.wait_for(|list| list.instances.is_empty())).await.unwrap();
}

pub(crate) async fn serving_a_component_twice_is_a_conflict_and_changes_nothing(setup: Setup) {
    let bench = Bench::new(setup).await;
    let again = bench.server.serve(Lab::new(Default::default(), Default::default())).start().await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Conflict);
    for _ in 0..10 {
        bench.lab.unit().await.unwrap();
    }
    assert_eq!(bench.journal.lines().len(), 10, "the first one answers");
    let list = bench.lab.instances(&EndpointName::from_static("unit"));
    assert_eq!(list.instances.len(), 1);
    // After the end of the first there is room.
    let (server, lab) = (bench.server.clone(), bench.lab.clone());
    bench.serving.shutdown().await;
    let _again = server.serve(Lab::new(Default::default(), Default::default())).start().await.unwrap();
    assert_eq!(lab.fail(false).await.unwrap(), 7);
}

pub(crate) async fn a_runtime_that_shuts_down_serves_nothing_new(setup: Setup) {
    let bench = Bench::new(setup).await;
    assert!(within(SOON, "the end", bench.server.shutdown()).await);
    assert!(within(SOON, "the same end", bench.server.shutdown()).await, "again is the same");
    let again = bench.server.serve(Lab::new(Default::default(), Default::default())).start().await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::ShuttingDown);
    if setup != Setup::Direct {
        no_instances(&bench).await;
    }
}
