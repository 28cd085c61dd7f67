//! Layers around clients and served components, in memory and over TCP.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dynamo_sdk::engine::AsyncEngine;
use dynamo_sdk::engine::async_trait;
use dynamo_sdk::engine::{ChildContext, SingleIn};
use dynamo_sdk::error::ErrorClass;
use dynamo_sdk::layer::{ErasedRequest, ErasedResponse};
use dynamo_sdk::pipeline::Edge;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{RequestStream, Runtime};
use futures::future::pending;
use tokio::sync::Semaphore;
use tower::ServiceBuilder;
use tower::layer::util::{Identity, Stack};
use tower::limit::ConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower::timeout::TimeoutLayer;

use crate::pair::Pair;
use crate::wait::eventually;

struct Probe {
    gate: Semaphore,
    dropped: Arc<AtomicUsize>,
}

#[component(namespace = "layered")]
struct Desk(Arc<Probe>);

struct CountDrop(Arc<AtomicUsize>);

impl Drop for CountDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[endpoints]
impl Desk {
    #[endpoint]
    async fn tenant(&self, cx: Context, _request: ()) -> String {
        cx.metadata().get("tenant").cloned().unwrap_or_default()
    }

    #[endpoint]
    async fn count(&self, to: u32) -> impl Stream<Item = u32> {
        stream::iter(0..to)
    }

    #[endpoint]
    async fn sum(&self, numbers: RequestStream<u32>) -> Result<u32, EndpointError> {
        let numbers: Vec<u32> = numbers.try_collect().await?;
        Ok(numbers.iter().sum())
    }

    #[endpoint]
    async fn wait(&self, _request: ()) -> Result<(), EndpointError> {
        self.0.gate.acquire().await.map_err(|_| EndpointError::unavailable("closed"))?.forget();
        Ok(())
    }

    #[endpoint]
    async fn hang(&self, _request: ()) -> Result<(), EndpointError> {
        let _dropped = CountDrop(Arc::clone(&self.0.dropped));
        pending().await
    }
}

type Next = Edge<ErasedRequest, ErasedResponse>;

/// Counts what passes, rejects what is too large, and names a tenant.
struct Checks {
    next: Next,
    seen: Arc<AtomicUsize>,
}

#[async_trait]
impl AsyncEngine<SingleIn<ErasedRequest>, ErasedResponse> for Checks {
    async fn generate(&self, request: SingleIn<ErasedRequest>) -> Result<ErasedResponse, CallError> {
        self.seen.fetch_add(1, Ordering::SeqCst);
        if request.payload().endpoint().endpoint.as_str() == "wait" {
            return Err(EndpointError::permission_denied("not for you").into());
        }
        let mut changes = ChildContext { id: Some(request.id().to_owned()), ..ChildContext::default() };
        changes.metadata.insert("tenant".into(), "blue".into());
        let cx = request.child(changes);
        let (request, _) = request.into_parts();
        self.next.generate(cx.with(request)).await
    }
}

struct Bench {
    pair: Pair,
    probe: Arc<Probe>,
}

impl Bench {
    async fn new(tcp: bool) -> Self {
        let pair = Pair::new(tcp, || Runtime::from_current().unwrap()).await;
        let probe = Arc::new(Probe { gate: Semaphore::new(0), dropped: Arc::default() });
        Self { pair, probe }
    }

    fn desk(&self) -> Desk {
        Desk(Arc::clone(&self.probe))
    }

    async fn connect(&self) -> DeskClient {
        let desk = DeskClient::connect(&self.pair.client).await.unwrap();
        desk.wait_ready(1, Duration::from_secs(10)).await.unwrap();
        desk
    }
}

/// What the checks do to every kind of call, whichever side they are on.
async fn every_call_passes(desk: &DeskClient, seen: &AtomicUsize) {
    assert_eq!(desk.tenant(()).await.unwrap(), "blue");
    let counted: Vec<u32> = desk.count(3).await.unwrap().try_collect().await.unwrap();
    assert_eq!(counted, [0, 1, 2]);
    let empty: Vec<u32> = desk.count(0).await.unwrap().try_collect().await.unwrap();
    assert!(empty.is_empty());
    assert_eq!(desk.sum(RequestStream::new(stream::iter([1, 2, 3]))).await.unwrap(), 6);
    let error = desk.wait(()).await.unwrap_err();
    assert_eq!(
        error.endpoint_error().map(EndpointError::class),
        Some(ErrorClass::PermissionDenied),
        "{error:?}"
    );
    assert_eq!(seen.load(Ordering::SeqCst), 5);
}

async fn a_layer_around_a_component_counts_rejects_and_changes_metadata(tcp: bool) {
    let bench = Bench::new(tcp).await;
    let seen = Arc::new(AtomicUsize::new(0));
    let checks = |next| Checks { next, seen: Arc::clone(&seen) };
    bench.pair.server.serve(bench.desk()).wrap(checks).start().await.unwrap().detach();
    every_call_passes(&bench.connect().await, &seen).await;
    bench.pair.end().await;
}

async fn a_layer_around_a_client_counts_rejects_and_changes_metadata(tcp: bool) {
    let bench = Bench::new(tcp).await;
    bench.pair.server.serve(bench.desk()).start().await.unwrap().detach();
    let desk = bench.connect().await;
    let seen = Arc::new(AtomicUsize::new(0));
    let layered = DeskClient::new(desk.client().wrap(|next| Checks { next, seen: Arc::clone(&seen) }));
    every_call_passes(&layered, &seen).await;
    assert_eq!(desk.tenant(()).await.unwrap(), "", "the other client has no layer");
    bench.pair.end().await;
}

/// Calls beyond the limit are shed at once.
fn one_at_a_time() -> ServiceBuilder<Stack<ConcurrencyLimitLayer, Stack<LoadShedLayer, Identity>>> {
    ServiceBuilder::new().load_shed().concurrency_limit(1)
}

async fn the_limits_of_tower_hold_around_a_component(tcp: bool) {
    let bench = Bench::new(tcp).await;
    bench.pair.server.serve(bench.desk()).layer(one_at_a_time()).start().await.unwrap().detach();
    one_runs_and_one_is_shed(&bench, &bench.connect().await).await;
    bench.pair.end().await;
}

async fn the_limits_of_tower_hold_around_a_client(tcp: bool) {
    let bench = Bench::new(tcp).await;
    bench.pair.server.serve(bench.desk()).start().await.unwrap().detach();
    let client = bench.connect().await.client().layer(one_at_a_time());
    one_runs_and_one_is_shed(&bench, &DeskClient::new(client)).await;
    bench.pair.end().await;
}

async fn one_runs_and_one_is_shed(bench: &Bench, desk: &DeskClient) {
    let first = bench.pair.client.runtime().spawn(desk.wait(()).into_future());
    eventually("the first call to run", || bench.pair.server.metrics().requests().in_flight == 1).await;
    let error = desk.tenant(()).await.unwrap_err();
    assert!(format!("{error:?}").contains("overloaded"), "{error:?}");
    bench.probe.gate.add_permits(1);
    first.await.unwrap().unwrap().unwrap();
    desk.tenant(()).await.unwrap();
}

async fn a_timeout_of_tower_cancels_the_handler(tcp: bool) {
    let bench = Bench::new(tcp).await;
    let timeout = TimeoutLayer::new(Duration::from_millis(50));
    bench.pair.server.serve(bench.desk()).layer(timeout).start().await.unwrap().detach();
    let desk = bench.connect().await;
    desk.hang(()).await.unwrap_err();
    assert_eq!(bench.probe.dropped.load(Ordering::SeqCst), 1);
    bench.pair.end().await;
}

async fn a_timeout_of_tower_around_a_client_cancels_the_handler(tcp: bool) {
    let bench = Bench::new(tcp).await;
    bench.pair.server.serve(bench.desk()).start().await.unwrap().detach();
    let desk = bench.connect().await.client().layer(TimeoutLayer::new(Duration::from_millis(50)));
    DeskClient::new(desk).hang(()).await.unwrap_err();
    eventually("the handler to be dropped", || bench.probe.dropped.load(Ordering::SeqCst) == 1).await;
    bench.pair.end().await;
}

async fn dropping_a_call_cancels_through_layers(tcp: bool) {
    let bench = Bench::new(tcp).await;
    let checks = |next| Checks { next, seen: Arc::default() };
    bench.pair.server.serve(bench.desk()).wrap(checks).start().await.unwrap().detach();
    let desk = DeskClient::new(bench.connect().await.client().wrap(checks));
    let call = bench.pair.client.runtime().spawn(desk.hang(()).into_future());
    eventually("the call to run", || bench.pair.server.metrics().requests().in_flight == 1).await;
    call.abort();
    eventually("the call to end", || bench.pair.server.metrics().requests().in_flight == 0).await;
    bench.pair.end().await;
}

macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
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
    a_layer_around_a_component_counts_rejects_and_changes_metadata,
    a_layer_around_a_client_counts_rejects_and_changes_metadata,
    the_limits_of_tower_hold_around_a_component,
    the_limits_of_tower_hold_around_a_client,
    a_timeout_of_tower_cancels_the_handler,
    a_timeout_of_tower_around_a_client_cancels_the_handler,
    dropping_a_call_cancels_through_layers,
);
