//! The options of an endpoint.

use std::sync::Arc;
use std::time::Duration;

use dynamo_harness::within;
use dynamo_sdk::error::CallErrorKind;
use dynamo_sdk::prelude::*;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::options::setup::{Journal, SOON, join, join_with};
use dynamo_rig::{Setup, World};

/// A worker whose handlers wait until `go` lets them.
#[component(namespace = "options")]
struct Lab {
    journal: Journal,
    go: Arc<Semaphore>,
    broken: bool,
}

#[endpoints]
impl Lab {
    /// Waits, at most 250 ms.
    #[endpoint(timeout = "250ms")]
    async fn limited(&self) -> u32 {
        let _visit = self.journal.begin();
        std::future::pending().await
    }

    /// How many milliseconds are left when it starts.
    #[endpoint(timeout = "1m")]
    async fn left(&self, cx: Context, _: ()) -> u64 {
        cx.time_left().map_or(u64::MAX, |left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }

    #[endpoint(max_in_flight = 1, queue = 1)]
    async fn narrow(&self) -> u32 {
        self.wait().await
    }

    #[endpoint(max_in_flight = 1)]
    async fn single(&self, fail: bool) -> Result<u32, EndpointError> {
        if fail { Err(EndpointError::internal("as asked")) } else { Ok(self.wait().await) }
    }

    #[endpoint]
    async fn wide(&self) -> u32 {
        1
    }

    #[endpoint(idempotent)]
    async fn again(&self) -> Result<u32, EndpointError> {
        self.journal.begin().finished();
        if self.broken { Err(EndpointError::unavailable("broken")) } else { Ok(7) }
    }

    #[endpoint]
    async fn once(&self) -> Result<u32, EndpointError> {
        self.again().await
    }

    #[endpoint(idempotent)]
    async fn items(&self) -> impl Stream<Item = Result<u32, EndpointError>> {
        self.journal.begin().finished();
        stream::iter([Ok(1), Err(EndpointError::unavailable("broken"))])
    }

    #[endpoint]
    async fn killed(&self) -> u32 {
        self.wait().await
    }

    #[endpoint(on_disconnect = stop)]
    async fn asked(&self, cx: Context, _: ()) -> u32 {
        let visit = self.journal.begin();
        cx.stopped().await;
        visit.stopped();
        tokio::task::yield_now().await;
        visit.finished();
        1
    }

    #[endpoint(on_disconnect = ignore)]
    async fn stubborn(&self) -> u32 {
        self.wait().await
    }

    #[endpoint(on_disconnect = ignore)]
    async fn apart(&self, fail: bool) -> impl Stream<Item = Result<u32, EndpointError>> {
        let end = fail.then(|| Err(EndpointError::not_found("no more")));
        stream::iter((0..1000).map(Ok).chain(end))
    }

    /// Never waits for anything.
    #[endpoint(on_disconnect = ignore)]
    async fn endless(&self) -> impl Stream<Item = u32> {
        let visit = self.journal.begin();
        stream::repeat_with(move || {
            let _ = &visit;
            1
        })
    }

    #[endpoint(cpu)]
    async fn grind(&self, millis: u64) -> u32 {
        let visit = self.journal.begin();
        std::thread::sleep(Duration::from_millis(millis));
        visit.finished();
        1
    }

    /// Blocks before each item.
    #[endpoint(cpu)]
    async fn grind_items(&self, count: u64) -> impl Stream<Item = u64> {
        let mut visit = Some(self.journal.begin());
        stream::iter(0..count).map(move |at| {
            std::thread::sleep(Duration::from_millis(50));
            if at == count - 1 {
                visit.take().into_iter().for_each(crate::options::setup::Visit::finished);
            }
            at
        })
    }

    #[endpoint(cpu)]
    async fn grind_on(&self) -> u32 {
        let _visit = self.journal.begin();
        loop {
            std::thread::sleep(Duration::from_millis(1));
            tokio::task::yield_now().await;
        }
    }
}

impl Lab {
    async fn wait(&self) -> u32 {
        let visit = self.journal.begin();
        self.go.acquire().await.unwrap().forget();
        visit.finished();
        1
    }
}

struct Bench {
    lab: LabClient,
    journal: Journal,
    go: Arc<Semaphore>,
    serving: Serving,
    world: World,
}

impl Bench {
    async fn new(setup: Setup) -> Self {
        Self::over(World::new(setup).await, |config| config).await
    }

    async fn over(
        world: World,
        tune: fn(dynamo_sdk::config::ConfigBuilder) -> dynamo_sdk::config::ConfigBuilder,
    ) -> Self {
        let (journal, go) = (Journal::default(), Arc::new(Semaphore::new(0)));
        let lab = Lab { journal: journal.clone(), go: Arc::clone(&go), broken: false };
        let serving = join_with(&world, tune).await.serve(lab).start().await.unwrap();
        let lab = LabClient::connect(&join(&world).await).await.unwrap();
        lab.wait_ready(1, SOON).await.unwrap();
        Self { lab, journal, go, serving, world }
    }

    /// Begins a call and drops it once its handler runs.
    async fn lose<Req>(&self, call: dynamo_sdk::Call<Req, u32>)
    where
        Req: serde::Serialize + Send + Sync + 'static,
    {
        let before = self.journal.begun();
        tokio::select! {
            result = call.into_future() => panic!("it ended: {result:?}"),
            () = self.journal.has_begun(before + 1) => {}
        }
    }
}

fn class(error: &CallError) -> Option<ErrorClass> {
    error.endpoint_error().map(EndpointError::class)
}

pub(crate) async fn a_handler_is_ended_at_its_own_limit_and_the_caller_is_told(setup: Setup) {
    let bench = Bench::new(setup).await;
    let start = Instant::now();
    let error = bench.lab.limited().await.unwrap_err();
    assert_eq!(class(&error), Some(ErrorClass::DeadlineExceeded), "{error:?}");
    assert!(start.elapsed() >= Duration::from_millis(250) && start.elapsed() < SOON);
    bench.journal.is_over().await;
}

pub(crate) async fn the_earlier_of_both_deadlines_is_in_the_context(setup: Setup) {
    let bench = Bench::new(setup).await;
    let ours = bench.lab.client().call::<_, u64>("left", ()).await.unwrap();
    assert!((50_000..=60_000).contains(&ours), "{ours}");
    let theirs = bench.lab.client().call::<_, u64>("left", ()).timeout(SOON).await.unwrap();
    assert!(theirs <= 5_000, "{theirs}");
}

pub(crate) async fn one_more_than_running_and_waiting_is_refused_and_others_go_on(setup: Setup) {
    let bench = Bench::new(setup).await;
    let mut first = bench.lab.narrow().into_future();
    tokio::select! {
        _ = &mut first => panic!("it waits"),
        () = bench.journal.has_begun(1) => {}
    }
    let (second, third) = (bench.lab.narrow().into_future(), bench.lab.narrow().into_future());
    let (refused, waiting) = match within(SOON, "a refusal", futures::future::select(second, third)).await {
        futures::future::Either::Left(both) | futures::future::Either::Right(both) => both,
    };
    let error = refused.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Overloaded { .. }), "{error:?}");
    assert_eq!(bench.lab.wide().await.unwrap(), 1, "other endpoints have room");
    bench.go.add_permits(2);
    let both = within(SOON, "both calls", futures::future::join(first, waiting)).await;
    assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 1));
}

pub(crate) async fn a_call_in_the_queue_of_an_endpoint_takes_no_place_of_the_process(setup: Setup) {
    let tune =
        |c: dynamo_sdk::config::ConfigBuilder| c.max_concurrent_calls(2_usize).max_queued_calls(0_usize);
    let bench = Bench::over(World::new(setup).await, tune).await;
    let calls = futures::future::join(bench.lab.narrow().into_future(), bench.lab.narrow().into_future());
    let mut calls = std::pin::pin!(calls);
    tokio::select! {
        _ = &mut calls => panic!("they wait"),
        () = bench.journal.has_begun(1) => {}
    }
    tokio::select! {
        _ = &mut calls => panic!("they wait"),
        wide = bench.lab.wide().into_future() => assert_eq!(wide.unwrap(), 1),
    }
    bench.go.add_permits(2);
    let both = within(SOON, "both calls", calls).await;
    assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 1));
}

pub(crate) async fn the_place_comes_back_however_a_call_ends(setup: Setup) {
    let bench = Bench::new(setup).await;
    for _ in 0..3 {
        bench.go.add_permits(1);
        assert_eq!(bench.lab.single(false).await.unwrap(), 1);
        assert_eq!(class(&bench.lab.single(true).await.unwrap_err()), Some(ErrorClass::Internal));
        bench.lose(bench.lab.single(false)).await;
        // The worker notices after the caller.
        bench.journal.is_over().await;
    }
}

/// Two workers, of which the first is broken.
async fn two(setup: Setup) -> (Bench, Journal, Serving) {
    let bench = Bench::new(setup).await;
    let journal = Journal::default();
    let broken = Lab { journal: journal.clone(), go: Arc::clone(&bench.go), broken: true };
    let serving = join(&bench.world).await.serve(broken).start().await.unwrap();
    bench.lab.wait_ready(2, SOON).await.unwrap();
    for endpoint in ["again", "once"] {
        let mut list = bench.lab.watch(&dynamo_sdk::address::EndpointName::from_static(endpoint));
        within(SOON, "both workers", list.wait_for(|list| list.instances.len() == 2)).await.unwrap();
    }
    (bench, journal, serving)
}

pub(crate) async fn an_idempotent_call_is_made_again_elsewhere(setup: Setup) {
    let (bench, broken, _serving) = two(setup).await;
    for _ in 0..4 {
        assert_eq!(bench.lab.again().await.unwrap(), 7);
    }
    assert!(broken.begun() > 0, "the broken one was asked too");
}

pub(crate) async fn a_call_that_is_not_idempotent_is_not_repeated(setup: Setup) {
    let (bench, broken, _serving) = two(setup).await;
    let mut failures = 0;
    for _ in 0..4 {
        failures += usize::from(bench.lab.once().await.is_err());
    }
    assert_eq!((failures, broken.begun()), (2, 2));
}

pub(crate) async fn an_idempotent_stream_is_not_repeated_behind_its_first_item(setup: Setup) {
    let (bench, broken, _serving) = two(setup).await;
    let items: Vec<_> = bench.lab.items().await.unwrap().collect().await;
    assert!(matches!(&items[..], [Ok(1), Err(error)] if class(error) == Some(ErrorClass::Unavailable)));
    assert_eq!(bench.journal.begun() + broken.begun(), 1);
}

pub(crate) async fn a_lost_caller_ends_the_handler_by_default(setup: Setup) {
    let bench = Bench::new(setup).await;
    bench.lose(bench.lab.killed()).await;
    bench.journal.is_over().await;
    assert_eq!(bench.journal.finished(), 0);
}

pub(crate) async fn a_lost_caller_stops_a_handler_that_wants_to_be_stopped(setup: Setup) {
    let bench = Bench::new(setup).await;
    bench.lose(bench.lab.asked(())).await;
    bench.journal.is_over().await;
    assert_eq!((bench.journal.stopped(), bench.journal.finished()), (1, 1));
}

pub(crate) async fn a_handler_that_ignores_its_caller_runs_to_its_end(setup: Setup) {
    let bench = Bench::new(setup).await;
    bench.lose(bench.lab.stubborn()).await;
    // Another call shows that the worker has noticed more than the loss.
    assert_eq!(bench.lab.wide().await.unwrap(), 1);
    bench.go.add_permits(1);
    bench.journal.is_over().await;
    assert_eq!(bench.journal.finished(), 1);
}

pub(crate) async fn a_handler_that_ignores_its_caller_is_in_flight_and_heeds_a_shutdown(setup: Setup) {
    let bench = Bench::new(setup).await;
    bench.lose(bench.lab.stubborn()).await;
    let start = Instant::now();
    within(SOON, "the end", bench.serving.shutdown()).await;
    assert!(start.elapsed() >= Duration::from_millis(300), "it was waited for");
    bench.journal.is_over().await;
    assert_eq!(bench.journal.finished(), 0);
}

pub(crate) async fn a_stream_that_nobody_reads_lets_others_run_and_heeds_a_shutdown(setup: Setup) {
    let bench = Bench::new(setup).await;
    let mut items = bench.lab.endless().await.unwrap();
    assert_eq!(items.try_next().await.unwrap(), Some(1));
    drop(items);
    assert_eq!(within(SOON, "another call", bench.lab.wide().into_future()).await.unwrap(), 1);
    within(SOON, "the end", bench.serving.shutdown()).await;
    bench.journal.is_over().await;
}

pub(crate) async fn items_of_a_handler_apart_arrive_in_order_and_its_errors_too(setup: Setup) {
    let bench = Bench::new(setup).await;
    let items: Vec<u32> = bench.lab.apart(false).await.unwrap().try_collect().await.unwrap();
    assert_eq!(items, (0..1000).collect::<Vec<_>>());
    let items: Vec<_> = bench.lab.apart(true).await.unwrap().collect().await;
    assert_eq!(items.len(), 1001);
    assert_eq!(class(items[1000].as_ref().unwrap_err()), Some(ErrorClass::NotFound));
    let error = bench.lab.client().call::<_, u32>("stubborn", "no unit").await.unwrap_err();
    assert_eq!(class(&error), Some(ErrorClass::InvalidRequest), "{error:?}");
}

pub(crate) async fn a_handler_that_blocks_does_not_hold_the_others_up(setup: Setup) {
    // The test runs on one thread: a handler that blocked it would let nobody else run.
    let bench = Bench::new(setup).await;
    let mut grind = bench.lab.grind(300).into_future();
    tokio::select! {
        _ = &mut grind => panic!("it takes its time"),
        () = bench.journal.has_begun(1) => {}
    }
    assert_eq!(bench.lab.wide().await.unwrap(), 1);
    assert_eq!(bench.journal.finished(), 0, "it still blocks");
    assert_eq!(within(SOON, "the blocking call", grind).await.unwrap(), 1);
}

pub(crate) async fn a_stream_that_blocks_does_not_hold_the_others_up(setup: Setup) {
    let bench = Bench::new(setup).await;
    let items = async { bench.lab.grind_items(5).await?.try_collect::<Vec<_>>().await };
    let mut items = std::pin::pin!(items);
    tokio::select! {
        _ = &mut items => panic!("it takes its time"),
        () = bench.journal.has_begun(1) => {}
    }
    assert_eq!(bench.lab.wide().await.unwrap(), 1);
    assert_eq!(bench.journal.finished(), 0, "it still blocks");
    assert_eq!(within(SOON, "the items", items).await.unwrap(), [0, 1, 2, 3, 4]);
    assert_eq!(bench.journal.finished(), 1);
}

pub(crate) async fn a_lost_caller_ends_a_stream_that_blocks_between_its_items(setup: Setup) {
    let bench = Bench::new(setup).await;
    let mut items = bench.lab.grind_items(1000).await.unwrap();
    assert_eq!(within(SOON, "an item", items.try_next()).await.unwrap(), Some(0));
    drop(items);
    bench.journal.is_over().await;
    assert_eq!(bench.journal.finished(), 0);
}

pub(crate) async fn a_kill_reaches_a_blocking_handler_between_its_await_points(setup: Setup) {
    let bench = Bench::new(setup).await;
    bench.lose(bench.lab.grind_on()).await;
    bench.journal.is_over().await;
}
