//! Starts that fail or that a shutdown overtakes.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt;

use super::*;
use crate::address::ids::ComponentId;
use crate::component::hooks::HookReply;
use crate::error::{BoxError, Error};
use crate::node::DistributedRuntime;
use crate::server::state::ServingState;

const ID: ComponentId = ComponentId::from_static("demo", "echo");

/// A component that runs `on_start` when it starts.
struct Probe {
    served: Arc<ServedComponent>,
    on_start: fn(&Arc<ServedComponent>) -> Result<(), BoxError>,
    stopped: AtomicBool,
}

/// Starts a component without endpoints, and reports whether its `#[on_stop]` ran.
async fn begin(
    on_start: fn(&Arc<ServedComponent>) -> Result<(), BoxError>,
) -> (Arc<ServedComponent>, Option<Error>, bool) {
    let served = ServedComponent::new(ID, DistributedRuntime::in_memory().unwrap());
    let probe = Arc::new(Probe { served: Arc::clone(&served), on_start, stopped: AtomicBool::new(false) });
    let mut hooks = Hooks::default();
    hooks.on_start(Arc::clone(&probe), |probe, _, reply: HookReply| {
        reply.verdict(async move { (probe.on_start)(&probe.served) })
    });
    hooks.on_stop(Arc::clone(&probe), |probe, reply| {
        reply.done(async move { probe.stopped.store(true, Ordering::Release) })
    });
    let error = served.begin(Vec::new(), hooks).await.err();
    if error.is_some() {
        served.abandon().await;
    }
    (served, error, probe.stopped.load(Ordering::Acquire))
}

#[tokio::test]
async fn a_start_leads_to_running() {
    let (served, error, stopped) = begin(|_| Ok(())).await;
    assert!(error.is_none() && !stopped);
    assert_eq!(*served.state().borrow(), ServingState::Running);
    assert!(served.ended().now_or_never().is_none());
    served.shut_down();
    assert_eq!(*served.state().borrow(), ServingState::Draining, "at once");
    assert!(served.ended().await);
}

#[tokio::test]
async fn a_component_that_did_not_start_is_not_stopped() {
    let (served, error, stopped) = begin(|_| Err("broken".into())).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::Component);
    assert!(!stopped && served.ended().await);
}

#[tokio::test]
async fn a_start_that_a_shutdown_overtakes_fails_and_stops_what_it_started() {
    let (served, error, stopped) = begin(|served| {
        served.shut_down();
        Ok(())
    })
    .await;
    assert_eq!(error.unwrap().kind(), ErrorKind::ShuttingDown);
    assert!(stopped, "#[on_stop] runs, as #[on_start] did");
    assert!(served.ended().await);
}
