//! Methods of a component that hear events.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynamo_harness::{eventually, within};
use dynamo_sdk::ComponentId;
use dynamo_sdk::address::{EndpointId, NamespaceName};
use dynamo_sdk::events::EventPublisher;
use dynamo_sdk::events::EventScope;
use dynamo_sdk::prelude::*;
use dynamo_sdk::server::{Listener, ListenerCounts};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::place::{Beat, LIMIT, Place, publish};

/// What happened, in its order.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[component(namespace = "demo")]
struct Watcher {
    log: Log,
    gate: Arc<Semaphore>,
}

#[endpoints(parts(far))]
impl Watcher {
    #[on_start]
    async fn start(&self) {
        self.log.note("started");
    }

    #[on_stop]
    async fn stop(&self) {
        self.log.note("stopped");
    }

    #[endpoint]
    async fn lines(&self) -> Vec<String> {
        self.log.lines()
    }

    /// One event at a time, and each only with a permit.
    #[subscribe(topic = "beat")]
    async fn on_beat(&self, event: Event<Beat>) -> Result<(), String> {
        self.log.note(format!("beat {}", event.payload.n));
        self.gate.acquire().await.unwrap().forget();
        match event.payload.n {
            13 => Err("an unlucky number".to_owned()),
            14 => panic!("a number that panics"),
            n => {
                self.log.note(format!("beaten {n}"));
                Ok(())
            }
        }
    }

    #[subscribe(topic = "beat", scope = namespace)]
    async fn on_any_beat(&self, beat: Beat) {
        self.log.note(format!("any {}", beat.n));
    }
}

#[endpoints(part = far)]
impl Watcher {
    #[subscribe(topic = "beat", namespace = "other", component = "worker", endpoint = "say")]
    #[subscribe(topic = "beat", component = "worker")]
    async fn on_far_beat(&self, event: Event<Beat>) {
        self.log.note(format!("far {}", event.payload.n));
    }
}

struct Bench {
    place: Place,
    runtimes: [DistributedRuntime; 2],
    serving: Serving,
    log: Log,
    gate: Arc<Semaphore>,
}

impl Bench {
    async fn start(place: Place, permits: usize) -> Self {
        let (server, other) = (place.join().await, place.join().await);
        let (log, gate) = (Log::default(), Arc::new(Semaphore::new(permits)));
        let watcher = Watcher { log: log.clone(), gate: Arc::clone(&gate) };
        let serving = server.serve(watcher).start().await.unwrap();
        Self { place, runtimes: [server, other], serving, log, gate }
    }

    fn counts(&self, listener: usize) -> ListenerCounts {
        self.serving.listeners()[listener].counts
    }

    /// A publisher that the given listener has heard, and how often.
    async fn publisher(&self, scope: impl Into<EventScope>, listener: usize) -> EventPublisher<Beat> {
        let topic = dynamo_sdk::address::TopicName::from_static("beat");
        let publisher = EventPublisher::new(&self.runtimes[1], scope, topic).await.unwrap();
        eventually(LIMIT, "an event to be heard", async || {
            publish(&publisher, 0..1).await;
            self.counts(listener).handled > 0
        })
        .await;
        publisher
    }

    async fn end(self) {
        within(LIMIT, "the end of the service", self.serving.shutdown()).await;
        self.place.end(self.runtimes).await;
    }
}

async fn each_method_hears_its_scope(place: Place) {
    let bench = Bench::start(place, 1_000_000).await;
    let own = ComponentId::from_static("demo", "watcher");
    let namespace = NamespaceName::from_static("demo");
    let say: EndpointId = "other.worker.say".parse().unwrap();
    let worker = ComponentId::from_static("demo", "worker");
    let scopes = [own.into(), namespace.into(), EventScope::from(say), worker.into()];
    let heard: Vec<_> = bench.serving.listeners().into_iter().map(|Listener { scope, .. }| scope).collect();
    // The statements of a part come before the hooks of the main block.
    assert_eq!(heard, [2, 3, 0, 1].map(|at| scopes[at].clone()));
    let mut publishers = Vec::new();
    for scope in &scopes {
        let listener = heard.iter().position(|other| other == scope).unwrap();
        publishers.push(bench.publisher(scope.clone(), listener).await);
    }
    for (n, publisher) in (1..).zip(&publishers) {
        publish(publisher, n..n + 1).await;
    }
    let expected = ["beat 1", "beaten 1", "any 2", "far 3", "far 4"];
    eventually(LIMIT, "all to be heard", async || {
        let lines = bench.log.lines();
        expected.iter().all(|line| lines.iter().any(|other| other == line))
    })
    .await;
    let lines = bench.log.lines();
    let mut numbers: Vec<_> = lines.iter().filter(|line| !line.ends_with(" 0")).collect();
    assert_eq!(numbers.remove(0), "started");
    assert_eq!(numbers.len(), expected.len(), "{numbers:?}");
    bench.end().await;
}

#[tokio::test]
async fn each_method_hears_its_scope_in_memory() {
    each_method_hears_its_scope(Place::in_memory().await).await;
}

#[tokio::test]
async fn each_method_hears_its_scope_over_zmq() {
    each_method_hears_its_scope(Place::zmq().await).await;
}

#[tokio::test]
async fn each_method_hears_its_scope_over_nats() {
    each_method_hears_its_scope(Place::nats().await).await;
}

#[tokio::test]
async fn events_are_handled_one_after_the_other_and_failures_end_nothing() {
    let bench = Bench::start(Place::in_memory().await, 0).await;
    let own = bench.runtimes[1].namespace("demo").unwrap().component("watcher").unwrap();
    let publisher = own.publisher::<Value>("beat").await.unwrap();
    for event in [json!({"n": 1}), json!({"n": 13}), json!("no beat"), json!({"n": 14}), json!({"n": 5})] {
        publisher.publish(&event).await.unwrap();
    }
    eventually(LIMIT, "the first event", async || bench.log.lines().contains(&"beat 1".to_owned())).await;
    // Calls go on meanwhile.
    let client = WatcherClient::connect(&bench.runtimes[1]).await.unwrap();
    assert_eq!(client.lines().await.unwrap(), ["started", "beat 1"]);
    bench.gate.add_permits(10);
    eventually(LIMIT, "all events", async || bench.counts(2).handled == 2).await;
    assert_eq!(
        bench.log.lines(),
        ["started", "beat 1", "beaten 1", "beat 13", "beat 14", "beat 5", "beaten 5"]
    );
    let counts = bench.counts(2);
    assert_eq!((counts.handled, counts.failed, counts.undecodable, counts.missed), (2, 2, 1, 0));
    assert_eq!((counts.events.received, counts.events.lagged), (5, 0));
    bench.end().await;
}

#[tokio::test]
async fn a_component_hears_nothing_before_its_start_and_after_its_end() {
    let bench = Bench::start(Place::in_memory().await, 0).await;
    let namespace = bench.runtimes[1].namespace("demo").unwrap();
    let any = namespace.publisher::<Beat>("beat").await.unwrap();
    let publisher = namespace.component("watcher").unwrap().publisher::<Beat>("beat").await.unwrap();
    publish(&publisher, 1..4).await;
    eventually(LIMIT, "the first event", async || bench.log.lines().contains(&"beat 1".to_owned())).await;
    let Bench { place, runtimes, serving, log, gate } = bench;
    let ending = serving.shutdown();
    // The event that is being handled is finished, and no other one begun. All methods end together, and the subscription
    // of one that is idle is the first to close.
    let received = || runtimes[0].metrics().events().received;
    let released = async {
        eventually(LIMIT, "the idle subscription to close", async || {
            let before = received();
            publish(&any, 9..10).await;
            received() == before
        })
        .await;
        gate.add_permits(10);
    };
    let ((), ()) = within(LIMIT, "the end of the service", async { tokio::join!(ending, released) }).await;
    let lines = || log.lines().into_iter().filter(|line| line != "any 9").collect::<Vec<_>>();
    assert_eq!(lines(), ["started", "beat 1", "beaten 1", "stopped"]);
    publish(&publisher, 4..6).await;
    place.end(runtimes).await;
    assert_eq!(lines().len(), 4);
}

/// A shutdown has its limit for methods that hear events too.
#[tokio::test]
async fn a_method_that_does_not_end_is_not_waited_for_beyond_the_limit() {
    let place = Place::in_memory().await;
    let server = place.join_with(|config| config.shutdown_grace(Duration::from_millis(200))).await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let serving = server.serve(Watcher { log: log.clone(), gate }).start().await.unwrap();
    let own = server.namespace("demo").unwrap().component("watcher").unwrap();
    publish(&own.publisher::<Beat>("beat").await.unwrap(), 1..2).await;
    eventually(LIMIT, "the first event", async || log.lines().contains(&"beat 1".to_owned())).await;
    within(Duration::from_secs(3), "the end of the service", serving.shutdown()).await;
    assert_eq!(log.lines(), ["started", "beat 1", "stopped"]);
    place.end([server]).await;
}

#[component(namespace = "demo")]
struct Deaf;

#[endpoints]
impl Deaf {
    #[subscribe(topic = "beat")]
    async fn on_beat(&self, _: Beat) {}
}

/// What a component hears is part of serving it: without its event plane it is not served.
#[tokio::test]
async fn a_component_whose_events_cannot_be_heard_is_not_served() {
    let place = Place::zmq().await;
    let runtime = place
        .join_with(|config| {
            let config =
                config.event_plane(dynamo_sdk::config::EventPlane::Nats).nats_server("nats://127.0.0.1:9");
            config.nats_startup_connect_timeout(Duration::from_millis(100))
        })
        .await;
    let error = within(LIMIT, "an error", runtime.serve(Deaf).start()).await.unwrap_err();
    assert_eq!(error.kind(), dynamo_sdk::error::ErrorKind::Unreachable, "{error:?}");
    place.end([runtime]).await;
}
