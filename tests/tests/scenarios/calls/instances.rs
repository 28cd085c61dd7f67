//! Which instance a call goes to, and when it goes to another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dynamo_harness::{SOON, eventually, within};
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::address::InstanceId;
use dynamo_sdk::discovery::Instance;
use dynamo_sdk::discovery::{Key, Record};
use dynamo_sdk::error::{CallErrorKind, ErrorKind};
use dynamo_sdk::prelude::*;
use dynamo_sdk::server::ServingState;
use futures::future::join_all;
use tokio::time::Instant;

use dynamo_rig::{Bench, Setup, World};
use dynamo_rig::{LabClient, Then, plan};

fn echo() -> EndpointName {
    EndpointName::from_static("fail")
}

/// The record of an instance as if it were another one's; `address` changes its address.
fn ghost_of(instance: &Instance, id: InstanceId, address: impl Fn(&str) -> String) -> Record {
    let transport = address(instance.transport.address());
    let value = serde_json::json!({
        "type": "Endpoint", "component": instance.endpoint.component.as_str(),
        "endpoint": instance.endpoint.endpoint.as_str(), "namespace": instance.endpoint.namespace.as_str(),
        "instance_id": id.0, "transport": { instance.transport.name(): transport },
        "request_plane_codec": instance.codec.as_str(),
    });
    Record { key: Key::instance(&instance.endpoint, id), value: value.to_string().into() }
}

/// The instance of the bench that serves `echo`.
async fn instance_of(bench: &Bench, id: InstanceId) -> Instance {
    let mut list = bench.lab.watch(&echo());
    let list = within(SOON, "the instance", list.wait_for(|list| list.get(id).is_some())).await.unwrap();
    Instance::clone(list.get(id).unwrap())
}

async fn haunt(bench: &Bench, record: Record, id: InstanceId) {
    bench.server.discovery().register(record).await.unwrap();
    let mut list = bench.lab.watch(&echo());
    within(SOON, "the ghost", list.wait_for(|list| list.get(id).is_some())).await.unwrap();
}

pub(crate) async fn a_call_without_instances_fails_after_its_wait(setup: Setup) {
    const WAIT: Duration = Duration::from_millis(200);
    let world = World::new(setup).await;
    let runtime = world.join(|config| config.instance_wait(WAIT)).await;
    let lab = LabClient::connect(&runtime).await.unwrap();
    let start = Instant::now();
    let error = lab.fail(false).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::NoInstances { waited: WAIT, .. }), "{error:?}");
    assert!(error.is_safe_to_retry());
    let took = start.elapsed();
    assert!(took >= WAIT && took < WAIT * 5, "{took:?}");
    let error = lab.fail(false).timeout(Duration::from_millis(20)).await.unwrap_err();
    assert!(
        matches!(error.kind(), CallErrorKind::NoInstances { .. }),
        "the deadline counts as well: {error:?}"
    );
}

pub(crate) async fn a_call_waits_for_an_instance_that_comes(setup: Setup) {
    let bench = Bench::new(setup).await;
    let late = bench.world.join(|config| config).await;
    let mut list = bench.lab.watch(&echo());
    bench.serving.shutdown().await;
    within(SOON, "the record to go", list.wait_for(|list| list.instances.is_empty())).await.unwrap();
    let call = bench.lab.fail(false).into_future();
    let serve =
        async { late.serve(dynamo_rig::Lab::new(Default::default(), Default::default())).start().await };
    let (answer, serving) = within(SOON, "the answer", futures::future::join(call, serve)).await;
    assert_eq!((answer.unwrap(), serving.unwrap().instance()), (7, late.instance_id()));
}

pub(crate) async fn a_call_can_name_its_instance(setup: Setup) {
    let bench = Bench::tuned(setup, |config| config.instance_wait(Duration::from_millis(300))).await;
    let (other, _serving, journal) = bench.another(|config| config).await;
    for _ in 0..10 {
        bench.lab.unit().instance(other.instance_id()).await.unwrap();
    }
    assert_eq!((journal.lines().len(), bench.journal.lines().len()), (10, 0));
    let items = bench.lab.count(1).instance(bench.server.instance_id()).await.unwrap();
    assert_eq!(items.instance(), Some(bench.server.instance_id()));
    // An instance that does not exist is an error at once, and so is an endpoint that the component does not have.
    let start = Instant::now();
    let error = bench.lab.unit().instance(InstanceId(42)).await.unwrap_err();
    let CallErrorKind::NoSuchInstance { known } = error.kind() else { panic!("{error:?}") };
    assert!(known.contains(&other.instance_id()) && error.instance() == Some(InstanceId(42)), "{error:?}");
    assert!(start.elapsed() < Duration::from_millis(300), "{:?}", start.elapsed());
    let error = bench.lab.client().call::<_, ()>("renamed", ()).await.unwrap_err();
    let CallErrorKind::NoSuchEndpoint { served } = error.kind() else { panic!("{error:?}") };
    assert!(served.iter().any(|name| name.as_str() == "unit"), "{error}");
    assert!(error.to_string().contains("unit"), "{error}");
    // It does not move on to another: that was not asked for.
    let gone = InstanceId(43);
    let known = instance_of(&bench, bench.server.instance_id()).await;
    haunt(&bench, ghost_of(&known, gone, |address| format!("{address}-not")), gone).await;
    let error = bench.lab.fail(false).instance(gone).await.unwrap_err();
    assert_eq!((error.kind(), error.instance()), (&CallErrorKind::NotDelivered, Some(gone)), "{error:?}");
}

pub(crate) async fn waiting_for_instances_succeeds_or_says_what_is_missing(setup: Setup) {
    let bench = Bench::new(setup).await;
    bench.lab.wait_ready(1, Duration::ZERO).await.unwrap();
    let error = bench.lab.wait_ready(2, Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let text = error.to_string();
    for part in ["50ms", "2 instances of tests.lab", "1 found so far", "store"] {
        assert!(text.contains(part), "{text}");
    }
    let ready = bench.lab.wait_ready(2, SOON);
    let (ready, _other) = futures::future::join(ready, bench.another(|config| config)).await;
    ready.unwrap();
}

/// The instance cannot be reached, or does not know the endpoint.
pub(crate) async fn a_call_moves_on_when_an_instance_is_gone(setup: Setup) {
    let bench = Bench::new(setup).await;
    let known = instance_of(&bench, bench.server.instance_id()).await;
    let (unknown, unreachable) = (InstanceId(1), InstanceId(2));
    haunt(&bench, ghost_of(&known, unknown, |address| format!("{address}-not")), unknown).await;
    let elsewhere = |address: &str| match address.split_once(':') {
        // Nobody listens at port 1.
        Some((_, rest)) => format!("127.0.0.1:1{}", rest.trim_start_matches(char::is_numeric)),
        None => "nowhere".to_owned(),
    };
    haunt(&bench, ghost_of(&known, unreachable, elsewhere), unreachable).await;
    // Ten at a time: an attempt in vain takes a round trip or more.
    for _ in 0..20 {
        let calls = (0..10).map(|_| bench.lab.fail(false).into_future());
        assert!(join_all(calls).await.into_iter().all(|answer| answer.unwrap() == 7));
    }
    // With no more than two attempts, two bad instances can use them up.
    let few = bench.world.join(|config| config.max_attempts(2_u32)).await;
    let few = LabClient::connect(&few).await.unwrap();
    let mut lost = 0;
    for _ in 0..30 {
        match few.fail(false).await {
            Ok(7) => {}
            Err(error) if error.kind() == &CallErrorKind::NotDelivered => lost += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!((1..=10).contains(&lost), "{lost} of 30");
}

/// Refused as draining.
pub(crate) async fn a_call_moves_on_when_an_instance_is_draining(setup: Setup) {
    let bench = Bench::new(setup).await;
    let (other, _serving, _) = bench.another(|config| config).await;
    let known = instance_of(&bench, bench.server.instance_id()).await;
    let held = bench.lab.play(plan("p", 1, Then::Hang)).instance(bench.server.instance_id()).await.unwrap();
    let mut state = bench.serving.state();
    let ghost = InstanceId(3);
    haunt(&bench, ghost_of(&known, ghost, str::to_owned), ghost).await;
    let ended = bench.server.runtime().spawn(async { bench.serving.shutdown().await });
    within(SOON, "draining", state.wait_for(|state| *state >= ServingState::Draining)).await.unwrap();
    eventually(SOON, "a refusal", async || {
        let refused = bench.lab.fail(false).instance(ghost).await.err();
        refused.is_some_and(|error| {
            let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            error.kind() == &CallErrorKind::NotDelivered && why.contains("draining")
        })
    })
    .await;
    for _ in 0..200 {
        let items = bench.lab.fail(false).await;
        assert_eq!(items.unwrap(), 7);
    }
    assert_eq!(bench.lab.count(1).await.unwrap().instance(), Some(other.instance_id()));
    drop(held);
    within(SOON, "the end", ended).await.unwrap();
}

pub(crate) async fn no_call_fails_while_one_of_two_workers_leaves(setup: Setup) {
    // With no time for its callers to hear of it, a request that NATS delivers in the moment of the unsubscription is lost
    // (`plane/nats/serve.rs`).
    let bench = Bench::tuned(setup, |config| config.shutdown_converge(Duration::from_millis(100))).await;
    let (_other, _serving, _) = bench.another(|config| config).await;
    let lab = &bench.lab;
    let left = AtomicBool::new(false);
    let calls = async {
        let (mut batches, mut afterwards) = (0, 0);
        while batches < 25 || afterwards < 5 {
            let batch = join_all((0..8).map(|i| async move {
                if i % 2 == 0 {
                    lab.fail(false).await.map(|n| assert_eq!(n, 7))
                } else {
                    let items: Vec<u64> = lab.count(20).await?.try_collect().await?;
                    assert_eq!(items.len(), 20);
                    Ok(())
                }
            }));
            for outcome in batch.await {
                outcome.unwrap();
            }
            batches += 1;
            // In memory a call never waits, and nothing else would run.
            tokio::task::yield_now().await;
            afterwards += usize::from(left.load(Ordering::Relaxed));
        }
    };
    let leave = async {
        tokio::task::yield_now().await;
        bench.serving.shutdown().await;
        left.store(true, Ordering::Relaxed);
    };
    within(Duration::from_secs(20), "200 calls and more", futures::future::join(calls, leave)).await;
}

pub(crate) async fn a_pending_call_fails_when_its_instance_leaves_discovery(setup: Setup) {
    let bench = Bench::new(setup).await;
    let call = bench.lab.slow_start("s".to_owned()).into_future();
    let endpoint = bench.lab.client().component().endpoint(EndpointName::from_static("slow_start"));
    let leave = async {
        bench.journal.sees(SOON, "s began").await;
        let key = Key::instance(&endpoint, bench.server.instance_id());
        bench.server.discovery().deregister(&key).await.unwrap();
        Instant::now()
    };
    let (outcome, left) = within(SOON, "the end", futures::future::join(call, leave)).await;
    assert!(left.elapsed() < Duration::from_secs(2), "{:?}", left.elapsed());
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.items()), (&CallErrorKind::ConnectionLost, 0), "{error:?}");
    assert!(!error.is_safe_to_retry(), "the handler had begun");
    bench.journal.sees(SOON, "s ended killed").await;
}

macro_rules! named {
    ($type:ident, $client:ident, $name:literal) => {
        #[component(namespace = "tests", name = $name)]
        struct $type {
            number: u64,
        }

        #[endpoints]
        impl $type {
            #[endpoint]
            async fn who(&self) -> (String, u64) {
                ($name.to_owned(), self.number)
            }
        }
    };
}
named!(North, NorthClient, "north");
named!(South, SouthClient, "south");

pub(crate) async fn equal_endpoint_names_never_meet(setup: Setup) {
    let world = World::new(setup).await;
    let (one, two) = (world.join(|config| config).await, world.join(|config| config).await);
    let caller = if setup == Setup::Direct { one.clone() } else { world.join(|config| config).await };
    let mut servings = Vec::new();
    for (number, runtime) in [(1, &one), (2, &two)] {
        servings.push(runtime.serve(North { number }).start().await.unwrap());
        servings.push(runtime.serve(South { number }).start().await.unwrap());
    }
    let (north, south) =
        (NorthClient::connect(&caller).await.unwrap(), SouthClient::connect(&caller).await.unwrap());
    north.wait_ready(2, SOON).await.unwrap();
    south.wait_ready(2, SOON).await.unwrap();
    let check = async |numbers: &[u64], norths: &[u64]| {
        for i in 0..250 {
            for (number, runtime) in [(1, &one), (2, &two)] {
                if norths.contains(&number) {
                    assert_eq!(
                        north.who().instance(runtime.instance_id()).await.unwrap(),
                        ("north".to_owned(), number)
                    );
                }
                if numbers.contains(&number) {
                    assert_eq!(
                        south.who().instance(runtime.instance_id()).await.unwrap(),
                        ("south".to_owned(), number)
                    );
                }
            }
            assert_eq!(north.who().await.unwrap().0, "north", "{i}");
        }
    };
    check(&[1, 2], &[1, 2]).await;
    servings.remove(0).shutdown().await;
    check(&[1, 2], &[2]).await;
}

/// Workers that have moved to another request plane, or speak one of a later version.
pub(crate) async fn instances_over_another_transport_are_not_picked(setup: Setup) {
    let bench = Bench::tuned(setup, |config| config.instance_wait(Duration::from_millis(300))).await;
    let known = instance_of(&bench, bench.server.instance_id()).await;
    let mut ids = Vec::new();
    let ours = known.transport.name();
    for (id, transport) in [(21, if ours == "tcp" { "nats_tcp" } else { "tcp" }), (22, "quic")] {
        let id = InstanceId(id);
        let Record { key, value } = ghost_of(&known, id, str::to_owned);
        let mut value: serde_json::Value = serde_json::from_slice(&value).unwrap();
        value["transport"] = serde_json::json!({ transport: known.transport.address() });
        let record = Record { key, value: value.to_string().into() };
        bench.server.discovery().register(record).await.unwrap();
        ids.push(id);
    }
    for id in &ids {
        eventually(SOON, "the foreign record", async || {
            let error = bench.lab.fail(false).instance(*id).await.unwrap_err();
            matches!(error.kind(), CallErrorKind::IncompatibleTransport { .. })
        })
        .await;
    }
    for _ in 0..60 {
        assert_eq!(bench.lab.fail(false).await.unwrap(), 7);
    }
    let error = bench.lab.wait_ready(2, Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    let mut list = bench.lab.watch(&echo());
    bench.serving.shutdown().await;
    within(SOON, "the record to go", list.wait_for(|list| list.instances.is_empty())).await.unwrap();
    let error = bench.lab.fail(false).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::IncompatibleTransport { .. }), "{error:?}");
}
