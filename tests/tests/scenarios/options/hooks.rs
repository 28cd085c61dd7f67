//! The hooks of a component, and the canaries of its endpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use dynamo_harness::{eventually, within};
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::config::ConfigBuilder;
use dynamo_sdk::error::ErrorKind;
use dynamo_sdk::prelude::*;
use dynamo_sdk::server::EndpointHealth;

use crate::options::setup::{SOON, join, join_with};
use dynamo_rig::{Setup, World};

/// What a test sets and sees.
#[derive(Default)]
struct Switches {
    refuse: AtomicBool,
    ill: AtomicBool,
    deaf: AtomicBool,
    started: AtomicUsize,
    ended: AtomicUsize,
    canaries: AtomicUsize,
}

#[component(namespace = "hooks")]
struct Ward {
    switches: Arc<Switches>,
}

#[endpoints]
impl Ward {
    #[endpoint(canary = "canary".to_owned())]
    async fn beat(&self, who: String) -> Result<u32, EndpointError> {
        if who == "canary" {
            self.switches.canaries.fetch_add(1, Ordering::SeqCst);
        }
        if self.switches.deaf.load(Ordering::SeqCst) {
            return Err(EndpointError::internal("deaf"));
        }
        Ok(1)
    }

    #[endpoint]
    async fn other(&self) -> u32 {
        2
    }

    #[on_start]
    async fn warm_up(&self, runtime: &DistributedRuntime) -> Result<(), EndpointError> {
        assert!(!runtime.is_shutting_down());
        self.switches.started.fetch_add(1, Ordering::SeqCst);
        if self.switches.refuse.load(Ordering::SeqCst) {
            return Err(EndpointError::internal("no model"));
        }
        Ok(())
    }

    #[on_stop]
    async fn bye(&self) {
        self.switches.ended.fetch_add(1, Ordering::SeqCst);
    }

    #[health]
    async fn health(&self) -> Result<(), EndpointError> {
        if self.switches.ill.load(Ordering::SeqCst) { Err(EndpointError::unavailable("ill")) } else { Ok(()) }
    }
}

fn often(config: ConfigBuilder) -> ConfigBuilder {
    config.canary_wait_time(Duration::from_millis(50))
}

struct Bench {
    world: World,
    server: DistributedRuntime,
    serving: Serving,
    ward: WardClient,
    switches: Arc<Switches>,
}

impl Bench {
    async fn new(setup: Setup) -> Self {
        let (world, switches) = (World::new(setup).await, Arc::new(Switches::default()));
        let server = join_with(&world, often).await;
        let serving = server.serve(Ward { switches: Arc::clone(&switches) }).start().await.unwrap();
        let ward = WardClient::connect(&join(&world).await).await.unwrap();
        let bench = Self { world, server, serving, ward, switches };
        bench.is_found("beat", true).await;
        bench.is_found("other", true).await;
        bench
    }

    /// Waits until an endpoint is found, or not found.
    async fn is_found(&self, endpoint: &'static str, found: bool) {
        let mut list = self.ward.watch(&EndpointName::from_static(endpoint));
        let what = format!("{endpoint} to be found: {found}");
        within(SOON, &what, list.wait_for(|list| list.instances.is_empty() != found)).await.unwrap();
    }
}

pub(crate) async fn hooks_run_before_the_records_and_after_the_last_call(setup: Setup) {
    let bench = Bench::new(setup).await;
    let count = |count: &AtomicUsize| count.load(Ordering::SeqCst);
    assert_eq!((count(&bench.switches.started), count(&bench.switches.ended)), (1, 0));
    within(SOON, "the end", bench.serving.shutdown()).await;
    assert_eq!((count(&bench.switches.started), count(&bench.switches.ended)), (1, 1));
    drop((bench.world, bench.server));
}

pub(crate) async fn a_component_that_does_not_start_leaves_nothing(setup: Setup) {
    let (world, switches) = (World::new(setup).await, Arc::new(Switches::default()));
    switches.refuse.store(true, Ordering::SeqCst);
    let server = join_with(&world, often).await;
    let ward = || Ward { switches: Arc::clone(&switches) };
    let error = server.serve(ward()).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Component);
    assert!(format!("{error:?}").contains("no model"), "{error:?}");
    assert_eq!(switches.ended.load(Ordering::SeqCst), 0, "what did not start is not stopped");
    switches.refuse.store(false, Ordering::SeqCst);
    let serving = server.serve(ward()).start().await.unwrap();
    within(SOON, "the end", serving.shutdown()).await;
}

pub(crate) async fn an_ill_component_is_withdrawn_and_put_back(setup: Setup) {
    let bench = Bench::new(setup).await;
    let mut health = bench.serving.health();
    assert!(health.borrow().is_healthy());
    bench.switches.ill.store(true, Ordering::SeqCst);
    bench.is_found("beat", false).await;
    bench.is_found("other", false).await;
    let seen = within(SOON, "ill", health.wait_for(|health| !health.is_healthy())).await.unwrap().clone();
    let Some(EndpointHealth::Unhealthy { reason }) = seen.endpoint("other") else { panic!("{seen:?}") };
    assert!(reason.contains("ill"), "{reason}");
    bench.switches.ill.store(false, Ordering::SeqCst);
    bench.is_found("beat", true).await;
    bench.is_found("other", true).await;
    within(SOON, "well", health.wait_for(|health| health.is_healthy())).await.unwrap();
    assert_eq!(bench.ward.other().await.unwrap(), 2);
}

pub(crate) async fn an_endpoint_whose_canary_fails_is_withdrawn_and_put_back(setup: Setup) {
    let bench = Bench::new(setup).await;
    bench.switches.deaf.store(true, Ordering::SeqCst);
    bench.is_found("beat", false).await;
    assert_eq!(bench.ward.other().await.unwrap(), 2, "the other endpoint stays");
    let mut health = bench.serving.health();
    let ill = within(SOON, "ill", health.wait_for(|health| !health.is_healthy())).await.unwrap().clone();
    let Some(EndpointHealth::Unhealthy { reason }) = ill.endpoint("beat") else { panic!("{ill:?}") };
    assert!(reason.contains("canary") && reason.contains("deaf"), "{reason}");
    assert_eq!(ill.endpoint("other"), Some(&EndpointHealth::Healthy));
    bench.switches.deaf.store(false, Ordering::SeqCst);
    bench.is_found("beat", true).await;
    assert_eq!(bench.ward.beat("me".to_owned()).await.unwrap(), 1);
}

pub(crate) async fn traffic_that_succeeds_puts_the_canary_off(setup: Setup) {
    let (world, switches) = (World::new(setup).await, Arc::new(Switches::default()));
    let slow = |config: ConfigBuilder| config.canary_wait_time(Duration::from_millis(500));
    let server = join_with(&world, slow).await;
    let _serving = server.serve(Ward { switches: Arc::clone(&switches) }).start().await.unwrap();
    let ward = WardClient::connect(&join(&world).await).await.unwrap();
    let start = tokio::time::Instant::now();
    while start.elapsed() < Duration::from_millis(1200) {
        assert_eq!(ward.beat("me".to_owned()).await.unwrap(), 1);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(switches.canaries.load(Ordering::SeqCst), 0);
    eventually(SOON, "a canary once it is quiet", async || switches.canaries.load(Ordering::SeqCst) > 0)
        .await;
}

pub(crate) async fn a_withdrawn_component_ends_in_order(setup: Setup) {
    let bench = Bench::new(setup).await;
    bench.switches.ill.store(true, Ordering::SeqCst);
    bench.is_found("other", false).await;
    bench.switches.ill.store(false, Ordering::SeqCst);
    within(SOON, "the end", bench.server.shutdown()).await;
    bench.is_found("other", false).await;
    assert_eq!(bench.switches.ended.load(Ordering::SeqCst), 1);
}
