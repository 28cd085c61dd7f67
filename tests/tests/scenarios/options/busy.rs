//! Endpoints at their limits: busy is not dead, and a place is free as soon as nobody holds it.

use std::sync::Arc;
use std::time::Duration;

use dynamo_harness::within;
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::error::CallErrorKind;
use dynamo_sdk::prelude::*;
use tokio::sync::Semaphore;

use crate::options::setup::{Journal, SOON, join, join_with};
use dynamo_rig::{Setup, World};

/// A worker with one place for each of its endpoints.
#[component(namespace = "busy")]
struct Desk {
    journal: Journal,
    go: Arc<Semaphore>,
}

#[endpoints]
impl Desk {
    #[endpoint(max_in_flight = 1, queue = 4, canary = true)]
    async fn beat(&self, canary: bool) -> u32 {
        if canary {
            return 0;
        }
        let _visit = self.journal.begin();
        self.go.acquire().await.map_or(0, |permit| {
            permit.forget();
            1
        })
    }

    #[endpoint(max_in_flight = 1, queue = 2)]
    async fn narrow(&self) -> u32 {
        self.beat(false).await
    }

    #[endpoint(max_in_flight = 1, cpu)]
    async fn apart(&self) -> u32 {
        2
    }

    #[endpoint(max_in_flight = 1, on_disconnect = ignore)]
    async fn kept(&self) -> u32 {
        3
    }

    #[endpoint(max_in_flight = 1, on_disconnect = ignore)]
    async fn failing(&self) -> Result<u32, EndpointError> {
        Err(EndpointError::conflict("as asked"))
    }
}

struct Bench {
    _world: World,
    _serving: Serving,
    desk: DeskClient,
    journal: Journal,
    go: Arc<Semaphore>,
}

impl Bench {
    async fn new(setup: Setup) -> Self {
        let world = World::new(setup).await;
        let server = join_with(&world, |config| {
            config
                .canary_wait_time(Duration::from_millis(50))
                .health_check_request_timeout(Duration::from_millis(200))
        })
        .await;
        let (journal, go) = (Journal::default(), Arc::new(Semaphore::new(0)));
        let serving =
            server.serve(Desk { journal: journal.clone(), go: Arc::clone(&go) }).start().await.unwrap();
        let desk = DeskClient::connect(&join(&world).await).await.unwrap();
        desk.wait_ready(1, SOON).await.unwrap();
        Self { _world: world, _serving: serving, desk, journal, go }
    }
}

pub(crate) async fn a_busy_endpoint_is_not_taken_for_a_dead_one(setup: Setup) {
    let bench = Bench::new(setup).await;
    let long = bench.desk.beat(false).into_future();
    let watched = async {
        bench.journal.has_begun(1).await;
        let mut list = bench.desk.watch(&EndpointName::from_static("beat"));
        // Long enough for twenty canaries, and for each of them to run out of time.
        let gone = list.wait_for(|list| list.instances.is_empty());
        let gone = tokio::time::timeout(Duration::from_secs(1), gone).await.is_ok();
        bench.go.add_permits(1);
        gone
    };
    let (long, gone) = futures::future::join(long, watched).await;
    assert!(!gone, "it was withdrawn because it was busy");
    assert_eq!(long.unwrap(), 1);
}

pub(crate) async fn callers_that_left_hold_no_place_in_the_queue(setup: Setup) {
    let bench = Bench::new(setup).await;
    let mut running = bench.desk.narrow().into_future();
    tokio::select! {
        _ = &mut running => panic!("it waits"),
        () = bench.journal.has_begun(1) => {}
    }
    for round in 0..3 {
        let impatient = || bench.desk.narrow().timeout(Duration::from_millis(50)).into_future();
        let (one, two) = futures::future::join(impatient(), impatient()).await;
        assert!(one.is_err() && two.is_err(), "round {round}: {one:?}, {two:?}");
        let mut dropped = bench.desk.narrow().into_future();
        let _ = tokio::time::timeout(Duration::from_millis(50), &mut dropped).await;
        drop(dropped);
    }
    dynamo_harness::eventually(SOON, "a place in the queue", async || {
        let patient =
            tokio::time::timeout(Duration::from_millis(100), bench.desk.narrow().into_future()).await;
        match patient {
            Err(_) => true,
            Ok(Err(error)) => {
                assert!(matches!(error.kind(), CallErrorKind::Overloaded { .. }), "{error:?}");
                false
            }
            Ok(Ok(answer)) => panic!("{answer}: the place is taken"),
        }
    })
    .await;
    bench.go.add_permits(1);
    assert_eq!(within(SOON, "the first call", running).await.unwrap(), 1);
}

pub(crate) async fn a_place_is_free_before_the_caller_learns_of_the_end(setup: Setup) {
    let bench = Bench::new(setup).await;
    for _ in 0..300 {
        assert_eq!(bench.desk.apart().await.unwrap(), 2);
        assert_eq!(bench.desk.kept().await.unwrap(), 3);
        let error = bench.desk.failing().await.unwrap_err();
        assert_eq!(error.endpoint_error().map(EndpointError::class), Some(ErrorClass::Conflict), "{error:?}");
    }
}
