//! What a runtime reports: counters, observers and spans, in memory and over TCP.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynamo_sdk::observe::{CallInfo, CallPhase, Observer, RequestInfo, RequestPhase};
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, LocalCluster, Runtime};
use futures::future::pending;

use crate::pair::Pair;
use crate::wait::eventually;

#[component(namespace = "observed")]
struct Words;

#[endpoints]
impl Words {
    #[endpoint]
    async fn say(&self, text: String) -> Result<String, EndpointError> {
        if text.is_empty() { Err(EndpointError::invalid_request("empty")) } else { Ok(text) }
    }

    #[endpoint]
    async fn split(&self, text: String) -> impl Stream<Item = String> {
        stream::iter(text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[endpoint(max_in_flight = 1, queue = 1)]
    async fn hang(&self, _request: ()) -> Result<(), EndpointError> {
        pending().await
    }
}

#[derive(Default)]
struct Journal(Mutex<Vec<String>>);

impl Journal {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Journal {
    fn call(&self, call: &CallInfo<'_>, phase: CallPhase<'_>) {
        let phase = format!("{phase:?}");
        let phase = phase.split([' ', '{']).next().unwrap_or_default();
        self.0.lock().unwrap().push(format!("call {} {} {phase}", call.endpoint.endpoint, call.request_id));
    }

    fn request(&self, request: &RequestInfo<'_>, phase: RequestPhase) {
        let id = request.request_id.unwrap_or("-");
        self.0.lock().unwrap().push(format!("request {} {id} {phase:?}", request.endpoint.endpoint));
    }
}

/// Two runtimes with one journal.
async fn watched(tcp: bool) -> (Pair, Arc<Journal>) {
    let journal = Arc::new(Journal::default());
    let runtime = || Runtime::from_current().unwrap().with_observer(Arc::clone(&journal));
    let pair = Pair::new(tcp, runtime).await;
    pair.server.serve(Words).start().await.unwrap().detach();
    (pair, journal)
}

async fn words(pair: &Pair) -> WordsClient {
    let words = WordsClient::connect(&pair.client).await.unwrap();
    words.wait_ready(1, Duration::from_secs(10)).await.unwrap();
    words
}

async fn calls_and_requests_are_counted(tcp: bool) {
    let (pair, _) = watched(tcp).await;
    let words = words(&pair).await;
    assert_eq!(words.say("hello".into()).await.unwrap(), "hello");
    words.say(String::new()).await.unwrap_err();
    let all: Vec<String> = words.split("a b c".into()).await.unwrap().try_collect().await.unwrap();
    assert_eq!(all.len(), 3);
    let mut dropped = words.split("a b c".into()).await.unwrap();
    dropped.try_next().await.unwrap();
    assert_eq!(pair.client.metrics().calls().in_flight, 1);
    drop(dropped);

    let calls = pair.client.metrics().calls();
    assert_eq!((calls.started, calls.attempts, calls.retries, calls.in_flight), (4, 4, 0, 0));
    assert_eq!((calls.succeeded, calls.failed, calls.dropped), (2, 1, 1));
    eventually("all requests to end", || pair.server.metrics().requests().in_flight == 0).await;
    let requests = pair.server.metrics().requests();
    assert_eq!((requests.admitted, requests.refused, requests.queued), (4, 0, 0));
    assert_eq!(requests.failed, 1);
    // Whether the handler of the dropped stream was faster than the drop is not certain.
    assert_eq!(requests.succeeded + requests.cancelled, 3);
    assert_eq!(pair.client.metrics().requests().admitted, 0, "each runtime counts for itself");
    if tcp {
        // One for the requests, and one that comes back for each response.
        assert_eq!(pair.client.metrics().connections().opened, 1);
        assert_eq!(pair.server.metrics().connections().accepted, 1);
        assert_eq!(pair.server.metrics().connections().opened, 4);
        assert_eq!(pair.client.metrics().connections().accepted, 4);
        eventually("the response connections to close", || pair.client.metrics().connections().open == 1)
            .await;
        eventually("the worker to close its ends", || pair.server.metrics().connections().open == 1).await;
    }
    pair.end().await;
}

async fn a_full_endpoint_shows_in_flight_queued_and_refused(tcp: bool) {
    let (pair, _) = watched(tcp).await;
    let words = words(&pair).await;
    let requests = || pair.server.metrics().requests();
    let running = pair.client.runtime().spawn(words.hang(()).into_future());
    eventually("one call to run", || requests().in_flight == 1).await;
    let queued = pair.client.runtime().spawn(words.hang(()).into_future());
    eventually("one call to wait", || requests().queued == 1).await;
    words.hang(()).await.unwrap_err();
    assert_eq!((requests().in_flight, requests().refused), (2, 1));
    running.abort();
    eventually("the other call to run", || requests().queued == 0 && requests().in_flight == 1).await;
    queued.abort();
    eventually("all calls to end", || requests().in_flight == 0).await;
    assert_eq!(requests().cancelled, 2);
    pair.end().await;
}

async fn an_observer_sees_a_call_from_both_sides(tcp: bool) {
    let (pair, journal) = watched(tcp).await;
    let words = words(&pair).await;
    words.say("hello".into()).request_id("r1").await.unwrap();
    eventually("the request to end", || pair.server.metrics().requests().in_flight == 0).await;
    let lines = journal.lines();
    let of =
        |side: &str| -> Vec<String> { lines.iter().filter(|line| line.starts_with(side)).cloned().collect() };
    let phases = ["Started", "Attempt", "FirstItem", "Ended(Succeeded)"];
    assert_eq!(of("call"), phases.map(|phase| format!("call say r1 {phase}")));
    let requests = [
        "request say - Admitted { queued: false }",
        "request say r1 Started",
        "request say r1 Ended(Succeeded)",
    ];
    assert_eq!(of("request"), requests);
    pair.end().await;
}

macro_rules! on_both {
    ($($name:ident),+) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(false).await;
            })+
        }

        mod tcp {
            $(#[tokio::test]
            async fn $name() {
                super::$name(true).await;
            })+
        }
    };
}

on_both!(
    calls_and_requests_are_counted,
    a_full_endpoint_shows_in_flight_queued_and_refused,
    an_observer_sees_a_call_from_both_sides
);

#[tokio::test]
async fn events_and_lease_changes_are_counted() {
    let cluster = LocalCluster::new();
    let join = || cluster.join(Runtime::from_current().unwrap(), Config::builder().build().unwrap()).unwrap();
    let (publishing, hearing) = (join(), join());
    let topic = "ticks";
    let scope = |runtime: &DistributedRuntime| runtime.namespace("n").unwrap();
    let publisher = scope(&publishing).publisher::<u32>(topic).await.unwrap();
    let mut ticks = scope(&hearing).subscribe::<u32>(topic).await.unwrap();
    publisher.publish(&1).await.unwrap();
    ticks.recv().await.unwrap().unwrap();
    assert_eq!(publishing.metrics().events().published, 1);
    assert_eq!(hearing.metrics().events().received, 1);

    cluster.store().set_reachable(false);
    cluster.store().lose(hearing.instance_id());
    eventually("the loss to be counted", || hearing.metrics().leases().lost == 1).await;
    cluster.store().set_reachable(true);
    eventually("the lease to be restored", || hearing.metrics().leases().restored == 1).await;
    assert_eq!(publishing.metrics().leases().lost, 0);
    publishing.shutdown().await;
    hearing.shutdown().await;
}
