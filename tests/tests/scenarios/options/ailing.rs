//! Hooks and canaries that do not answer, or answer with no more than a no.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dynamo_harness::within;
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::config::ConfigBuilder;
use dynamo_sdk::prelude::*;
use dynamo_sdk::server::EndpointHealth;
use tokio::time::Instant;

use crate::options::setup::{Journal, SOON, join, join_with};
use dynamo_rig::{Setup, World};

const LIMIT: Duration = Duration::from_millis(200);

/// A component that says yes or no, whose canary can hang, and that does not want to end.
#[component(namespace = "ailing")]
struct Moody {
    well: Arc<AtomicBool>,
    stuck: Arc<AtomicBool>,
    canaries: Journal,
    farewells: Journal,
}

#[endpoints]
impl Moody {
    #[endpoint(canary = true)]
    async fn beat(&self, canary: bool) -> u32 {
        if canary && self.stuck.load(Ordering::SeqCst) {
            let _visit = self.canaries.begin();
            std::future::pending::<()>().await;
        }
        1
    }

    #[endpoint]
    async fn other(&self) -> u32 {
        2
    }

    #[health]
    async fn health(&self) -> bool {
        self.well.load(Ordering::SeqCst)
    }

    #[on_stop]
    async fn bye(&self) {
        let visit = self.farewells.begin();
        std::future::pending::<()>().await;
        visit.finished();
    }
}

fn hasty(config: ConfigBuilder) -> ConfigBuilder {
    config
        .canary_wait_time(Duration::from_millis(50))
        .health_check_request_timeout(LIMIT)
        .shutdown_grace(LIMIT)
}

struct Bench {
    moody: MoodyClient,
    well: Arc<AtomicBool>,
    stuck: Arc<AtomicBool>,
    canaries: Journal,
    farewells: Journal,
    server: DistributedRuntime,
    serving: Serving,
    _world: World,
}

impl Bench {
    async fn new(setup: Setup) -> Self {
        let world = World::new(setup).await;
        let (well, stuck) = (Arc::new(AtomicBool::new(true)), Arc::default());
        let (canaries, farewells) = (Journal::default(), Journal::default());
        let server = join_with(&world, hasty).await;
        let moody = Moody {
            well: Arc::clone(&well),
            stuck: Arc::clone(&stuck),
            canaries: canaries.clone(),
            farewells: farewells.clone(),
        };
        let serving = server.serve(moody).start().await.unwrap();
        let moody = MoodyClient::connect(&join(&world).await).await.unwrap();
        let bench = Self { moody, well, stuck, canaries, farewells, server, serving, _world: world };
        bench.is_found("beat", true).await;
        bench.is_found("other", true).await;
        bench
    }

    async fn is_found(&self, endpoint: &'static str, found: bool) {
        let mut list = self.moody.watch(&EndpointName::from_static(endpoint));
        let what = format!("{endpoint} to be found: {found}");
        within(SOON, &what, list.wait_for(|list| list.instances.is_empty() != found)).await.unwrap();
    }

    /// Waits until an endpoint is ill; why it is.
    async fn ill(&self, endpoint: &str) -> String {
        let mut health = self.serving.health();
        let ill = health.wait_for(|health| health.endpoint(endpoint) != Some(&EndpointHealth::Healthy));
        match within(SOON, "ill", ill).await.unwrap().endpoint(endpoint) {
            Some(EndpointHealth::Unhealthy { reason }) => reason.clone(),
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn a_no_withdraws_the_component_and_a_yes_puts_it_back(setup: Setup) {
    let bench = Bench::new(setup).await;
    // One who has the instance from before may call it all the same.
    let mut words = bench.moody.other();
    bench.well.store(false, Ordering::SeqCst);
    assert_eq!(bench.ill("other").await, "health check returned `false`");
    assert_eq!(bench.ill("beat").await, "health check returned `false`");
    bench.is_found("beat", false).await;
    bench.is_found("other", false).await;
    bench.well.store(true, Ordering::SeqCst);
    bench.is_found("beat", true).await;
    bench.is_found("other", true).await;
    words = words.timeout(SOON);
    assert_eq!(words.await.unwrap(), 2);
}

pub(crate) async fn a_canary_that_hangs_is_ended_and_its_endpoint_withdrawn(setup: Setup) {
    let bench = Bench::new(setup).await;
    bench.stuck.store(true, Ordering::SeqCst);
    bench.is_found("beat", false).await;
    let reason = bench.ill("beat").await;
    assert!(reason.starts_with("canary failed: "), "{reason}");
    assert_eq!(bench.moody.other().await.unwrap(), 2, "the other endpoint stays");
    bench.stuck.store(false, Ordering::SeqCst);
    bench.is_found("beat", true).await;
    assert_eq!(bench.moody.beat(false).await.unwrap(), 1);
    assert!(bench.canaries.begun() > 0);
    bench.canaries.is_over().await;
}

pub(crate) async fn a_stop_hook_that_hangs_is_ended_at_its_limit(setup: Setup) {
    let bench = Bench::new(setup).await;
    let start = Instant::now();
    within(SOON, "the end", bench.serving.shutdown()).await;
    assert!(start.elapsed() >= LIMIT, "it had its time: {:?}", start.elapsed());
    bench.farewells.has_begun(1).await;
    bench.farewells.is_over().await;
    assert_eq!(bench.farewells.finished(), 0);
    // Nothing of it holds the process up.
    assert!(within(SOON, "the end of the runtime", bench.server.shutdown()).await);
}
