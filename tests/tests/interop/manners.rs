//! How our workers behave towards real Dynamo callers when they are full, idle, or about to end.

use std::time::Duration;

use crate::matrix::place::{Place, Servers};
use dynamo_harness::{Direction, PEER, Process, Proxy, Python, within};
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::address::InstanceId;
use dynamo_sdk::config::{Codec, ConfigBuilder, RequestPlane};
use dynamo_sdk::discovery::{self, Key, Record};
use dynamo_sdk::engine::engine_fn;
use dynamo_sdk::engine::{ManyOut, SingleIn};
use dynamo_sdk::handles::SegmentSource;
use dynamo_sdk::pipeline::map_items;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Component, Runtime};
use serde::Deserialize;
use serde_json::{Value, json};

#[component(namespace = "ours", name = "manners")]
struct Manners;

#[derive(Deserialize)]
struct Slow {
    n: u64,
    pause: f64,
}

#[endpoints]
impl Manners {
    #[endpoint]
    async fn plain(&self, request: Value) -> Value {
        request
    }

    #[endpoint]
    async fn slow(&self, request: Slow) -> impl Stream<Item = u64> {
        stream::iter(0..request.n).then(move |i| async move {
            tokio::time::sleep(Duration::from_secs_f64(request.pause)).await;
            i
        })
    }
}

const PLANES: [RequestPlane; 2] = [RequestPlane::Tcp, RequestPlane::Nats];

fn caller(python: &Python, place: &Place<'_>, scenario: &str) -> Process {
    place.settings(python.caller()).arg(scenario).arg("ours.manners").spawn()
}

/// The words behind `word` in the line that begins with it.
async fn line(process: &Process, word: &str) -> String {
    let line = process.wait_for_line(&format!("{word} "), PEER).await;
    line.strip_prefix(word).unwrap_or_else(|| panic!("{line}")).trim().to_owned()
}

fn one_at_a_time(config: ConfigBuilder) -> ConfigBuilder {
    config.max_concurrent_calls(1_usize).max_queued_calls(0_usize)
}

/// The refusal has its prefix, costs nobody else anything, and the worker is called again: Dynamo passes over a worker
/// that said it is full for one second.
#[tokio::test]
async fn a_full_worker_refuses_a_real_caller_and_is_called_again() {
    let Some(python) = Python::find() else { return };
    let servers = Servers::only_nats().await;
    for plane in PLANES {
        let place = servers.place(false, plane, Codec::MsgPack);
        let worker = place.join_with(one_at_a_time).await;
        let _serving = worker.serve(Manners).start().await.unwrap();
        let caller = caller(&python, &place, "overload");
        let refused = line(&caller, "REFUSED").await;
        assert!(refused.contains("CapacityExhausted"), "{plane:?}: {refused}");
        assert_eq!(line(&caller, "HELD").await, "10", "the call that it has goes on");
        let back: f64 = line(&caller, "BACK").await.parse().unwrap();
        assert!(back < 2.5, "{plane:?}: {back} s");
        caller.wait_for_line("DONE", PEER).await;
        assert!(worker.shutdown().await);
    }
}

/// With two workers the other one is called at once.
#[tokio::test]
async fn with_a_second_worker_a_refusal_is_followed_by_an_answer_at_once() {
    let Some(python) = Python::find() else { return };
    let servers = Servers::default();
    let place = servers.place(false, RequestPlane::Tcp, Codec::MsgPack);
    let (one, two) = (place.join_with(one_at_a_time).await, place.join().await);
    let _serving = (one.serve(Manners).start().await.unwrap(), two.serve(Manners).start().await.unwrap());
    let caller = caller(&python, &place, "overload");
    let back: f64 = line(&caller, "BACK").await.parse().unwrap();
    assert!(back < 1.0, "{back} s");
    assert_eq!(line(&caller, "HELD").await, "10");
    caller.wait_for_line("DONE", PEER).await;
    assert!(one.shutdown().await && two.shutdown().await);
}

#[tokio::test]
async fn queued_calls_of_a_real_caller_are_answered_in_turn() {
    let Some(python) = Python::find() else { return };
    let servers = Servers::only_nats().await;
    for plane in PLANES {
        let place = servers.place(false, plane, Codec::MsgPack);
        let one = |config: ConfigBuilder| config.max_concurrent_calls(1_usize).max_queued_calls(10_usize);
        let worker = place.join_with(one).await;
        let _serving = worker.serve(Manners).start().await.unwrap();
        let caller = caller(&python, &place, "queue");
        assert_eq!(line(&caller, "QUEUED").await, "[1, 1, 1, 1, 1, 1]");
        assert!(worker.shutdown().await);
    }
}

/// The record goes first, calls that still come are answered, streams in flight end with their last item.
#[tokio::test]
async fn a_worker_that_ends_costs_a_real_caller_no_call() {
    let Some(python) = Python::find() else { return };
    let servers = Servers::start().await;
    for (plane, etcd) in [(RequestPlane::Tcp, true), (RequestPlane::Nats, true), (RequestPlane::Tcp, false)] {
        let place = servers.place(etcd, plane, Codec::MsgPack);
        let pause = |config: ConfigBuilder| config.shutdown_converge(Duration::from_millis(250));
        let (one, two) = (place.join_with(pause).await, place.join_with(pause).await);
        let _serving = (one.serve(Manners).start().await.unwrap(), two.serve(Manners).start().await.unwrap());
        let caller = caller(&python, &place, "drain");
        caller.wait_for_line("STREAMING", PEER).await;
        assert!(within(PEER, "the end of a worker", one.shutdown()).await, "nothing was cut off");
        let gone: f64 = line(&caller, "GONE").await.parse().unwrap();
        assert!(gone < 1.0, "the record was there for {gone} s, and the streams took 2");
        assert_eq!(line(&caller, "ENDED").await, "40 40");
        let calls = line(&caller, "CALLS").await;
        let (good, bad) = calls.split_once(' ').unwrap();
        // When a record goes, a Dynamo caller gives up the call that has not been started yet.
        let given_up = "1 Unavailable: Worker disconnected before response stream was established";
        assert!(bad == "0" || bad == given_up, "{plane:?}: {calls}");
        assert!(good.parse::<u32>().unwrap() > 50, "{plane:?}: {calls}");
        assert!(two.shutdown().await);
    }
}

/// A Dynamo caller keeps its connections, for five minutes.
#[tokio::test]
async fn an_idle_connection_of_a_real_caller_stays_open() {
    let Some(python) = Python::find() else { return };
    let servers = Servers::default();
    let place = servers.place(false, RequestPlane::Tcp, Codec::MsgPack);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = Proxy::start(port).await;
    let advertised = proxy.addr().to_string();
    let config =
        move |config: ConfigBuilder| config.tcp_rpc_port(port.port()).tcp_rpc_advertise(Some(advertised));
    let worker = place.join_with(config).await;
    let _serving = worker.serve(Manners).start().await.unwrap();
    let caller = caller(&python, &place, "idle");
    caller.wait_for_line("CALLED", PEER).await;
    let theirs = proxy.bytes(Direction::ToTarget);
    assert!(theirs > 0 && proxy.open() == 1, "{} connections", proxy.open());
    let ours = place.join().await;
    let client = MannersClient::connect(&ours).await.unwrap();
    assert_eq!(client.plain(json!(1)).await.unwrap(), json!(1));
    assert_eq!(proxy.open(), 2, "theirs is idle");
    assert!(
        within(Duration::from_secs(5), "the end", worker.shutdown()).await,
        "nor does it hold the end up"
    );
    within(PEER, "the end of the connections", proxy.wait_open(0)).await;
    assert!(ours.shutdown().await);
}

/// A record that lies: the path is not served. Dynamo is told by the prefix, and hears it at once.
#[tokio::test]
async fn a_real_caller_is_told_that_an_endpoint_is_not_there() {
    let Some(python) = Python::find() else { return };
    let servers = Servers::default();
    let place = servers.place(false, RequestPlane::Tcp, Codec::MsgPack);
    let (worker, ours) = (place.join().await, place.join().await);
    let _serving = worker.serve(Manners).start().await.unwrap();
    let client = MannersClient::connect(&ours).await.unwrap();
    assert_eq!(client.plain(json!(1)).await.unwrap(), json!(1));
    let instance = client.instances(&EndpointName::from_static("plain")).instances[0].clone();
    let (port, _) = instance.transport.address().split_once('/').unwrap();
    let runtime = Runtime::from_current().unwrap();
    let id = InstanceId(0x9057);
    let store = discovery::open(&runtime, &place.config(|config| config), id).await.unwrap();
    let key = Key::instance(&Manners::ID.endpoint(EndpointName::from_static("ghost")), id);
    let value = json!({
        "type": "Endpoint", "component": "manners", "endpoint": "ghost", "namespace": "ours",
        "instance_id": id.0, "transport": { "tcp": format!("{port}/no/such") },
    });
    store.register(Record { key, value: value.to_string().into() }).await.unwrap();
    let caller = caller(&python, &place, "ghost");
    let refused = line(&caller, "REFUSED").await;
    assert!(refused.contains("unknown endpoint no/such"), "{refused}");
    assert_eq!(client.plain(json!(2)).await.unwrap(), json!(2));
    assert!(worker.shutdown().await && ours.shutdown().await);
}

/// A pipeline behind an endpoint, and cut once more: for a real caller it is an endpoint like any other.
#[tokio::test]
async fn a_real_caller_calls_a_pipeline_that_is_cut_in_two() {
    let Some(python) = Python::find() else { return };
    let servers = Servers::only_nats().await;
    for plane in PLANES {
        let place = servers.place(false, plane, Codec::MsgPack);
        let (upper, lower) = (place.join().await, place.join().await);
        let endpoint = |runtime: &DistributedRuntime, component: &str| {
            runtime.namespace("ours").unwrap().component(component).unwrap().endpoint("items").unwrap()
        };
        let (ended, mut end) = tokio::sync::mpsc::channel::<()>(1);
        let numbers = engine_fn(move |request: SingleIn<u64>| {
            let ended = ended.clone();
            async move {
                let (n, cx) = request.into_parts();
                let held = ended.clone();
                let items = stream::iter(0..n).map(move |i| {
                    let _ = &held;
                    Ok(i)
                });
                Ok(ResponseStream::new(items, cx))
            }
        });
        let lower =
            (SegmentSource::open(endpoint(&lower, "lower")).sink(numbers).start().await.unwrap(), lower);
        let sink = endpoint(&upper, "lower").sink::<u64, ManyOut<u64>>().await.unwrap();
        let source = SegmentSource::open(endpoint(&upper, "manners"));
        let texts = map_items(|i: u64| Ok(format!("item {i}")));
        let serving = source.link(texts).sink(sink).start().await.unwrap();
        let caller = caller(&python, &place, "items");
        assert_eq!(line(&caller, "ITEMS").await, "['item 0', 'item 1', 'item 2']");
        assert_eq!(line(&caller, "CANCELLED").await, "['item 0', 'item 1']");
        caller.wait_for_line("DONE", PEER).await;
        // The engine holds one end for itself and one for each of its streams.
        drop(serving);
        assert!(upper.shutdown().await);
        let (serving, lower) = lower;
        drop(serving);
        assert!(lower.shutdown().await);
        assert!(within(PEER, "the end of every stream", end.recv()).await.is_none());
    }
}
