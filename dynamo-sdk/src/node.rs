//! A runtime that is part of a distributed system: one local runtime and one of each plane, made from one [`Config`].

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::address::ids::InstanceId;
use crate::config::Config;
use crate::discovery;
use crate::discovery::contract::{Discovery, LeaseState};
use crate::discovery::instances::InstanceCache;
use crate::discovery::memory::MemoryStore;
use crate::error::Result;
use crate::error::call::CallError;
use crate::events::system::EventSystem;
use crate::observe::metrics::Metrics;
use crate::observe::observer::LeaseTransition;
use crate::observe::observers::Observers;
use crate::runtime::Runtime;
use crate::runtime::shutdown::ShutdownLimits;
use crate::service::admission::Limiter;
use crate::service::registry::Registry;
use crate::sync::Lock;
use crate::transport;
use crate::transport::event::memory::MemoryBus;
use crate::transport::request::memory;
use crate::transport::request::memory::{MemoryNetwork, MemoryTransport};
use crate::transport::request::{Request, RequestTransport, Response};
use futures::future::BoxFuture;

/// How long connections and leases may take to close at the end.
const CLOSING: Duration = Duration::from_secs(6);

/// A process, or a part of one, in a distributed system. Clones share it; several may live in one process.
///
/// End it with [`shutdown`](Self::shutdown): its records then disappear at once. If it is only dropped, they disappear when
/// its lease ends.
#[derive(Clone)]
pub struct DistributedRuntime {
    inner: Arc<NodeInner>,
}

struct NodeInner {
    runtime: Runtime,
    config: Config,
    id: InstanceId,
    discovery: Arc<dyn Discovery>,
    plane: Arc<dyn RequestTransport>,
    registry: Arc<Registry>,
    directory: InstanceCache,
    events: Arc<EventSystem>,
    end: ShutdownState,
}

/// What a runtime hosts until its end: a component that is served.
pub(crate) trait Hosted: Send + Sync {
    /// Begins to leave service, in the background, unless it has begun.
    fn leave(self: Arc<Self>);

    /// Waits until it has left service; whether all calls had ended by then.
    fn left(&self) -> BoxFuture<'_, bool>;
}

/// What a shutdown has to know.
#[derive(Default)]
struct ShutdownState {
    begun: AtomicBool,
    over: CancellationToken,
    clean: AtomicBool,
    hosted: Lock<Vec<Arc<dyn Hosted>>>,
}

impl DistributedRuntime {
    /// Connects to what `config` names.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`](crate::error::ErrorKind::Unreachable) if etcd or NATS does not answer within its start-up limit,
    /// [`ErrorKind::Denied`](crate::error::ErrorKind::Denied) at once if it refuses the credentials,
    /// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) for settings that cannot be used on this machine.
    ///
    /// # Cancel safety
    /// Cancel safe: an attempt that is dropped leaves nothing behind.
    pub async fn new(runtime: Runtime, config: Config) -> Result<Self> {
        let runtime = runtime.with_fresh_metrics();
        config.announce();
        discovery::open::check(&config)?;
        transport::open::check(&config)?;
        let id = InstanceId::random();
        let discovery = discovery::open::open(&runtime, &config, id).await?;
        let registry = registry(&config);
        let plane = match transport::open::request_plane(&runtime, &config, &registry).await {
            Ok(plane) => plane,
            Err(error) => {
                discovery.close().await;
                return Err(error);
            }
        };
        let events = Arc::new(EventSystem::new(runtime.clone(), config.clone(), Arc::clone(&discovery)));
        Ok(Self::with_parts(runtime, config, id, discovery, plane, registry, events))
    }

    /// The same with the settings of environment and file, on the Tokio runtime of the caller.
    ///
    /// # Errors
    /// As [`new`](Self::new), [`Config::from_env`] and [`Runtime::from_current`].
    pub async fn from_settings() -> Result<Self> {
        Self::new(Runtime::from_current()?, Config::from_env()?).await
    }

    /// A runtime of its own, without servers, sockets or settings: for tests and programs of one process.
    ///
    /// # Errors
    /// As [`Runtime::from_current`].
    pub fn in_memory() -> Result<Self> {
        LocalCluster::new().join(Runtime::from_current()?, Config::builder().build()?)
    }

    fn with_parts(
        runtime: Runtime,
        config: Config,
        id: InstanceId,
        discovery: Arc<dyn Discovery>,
        plane: Arc<dyn RequestTransport>,
        registry: Arc<Registry>,
        events: Arc<EventSystem>,
    ) -> Self {
        let directory = InstanceCache::new(runtime.clone(), Arc::clone(&discovery));
        drop(runtime.spawn_secondary(report(discovery.lease(), runtime.observers().clone())));
        let end = ShutdownState::default();
        let inner = NodeInner { runtime, config, id, discovery, plane, registry, directory, events, end };
        Self { inner: Arc::new(inner) }
    }

    /// The local runtime.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    /// The counters of this runtime.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        self.inner.runtime.observers().metrics()
    }

    /// The settings in effect.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Under which id this runtime registers what it serves.
    #[must_use]
    pub fn instance_id(&self) -> InstanceId {
        self.inner.id
    }

    /// Where instances are registered and found.
    #[must_use]
    pub fn discovery(&self) -> &Arc<dyn Discovery> {
        &self.inner.discovery
    }

    pub(crate) fn plane(&self) -> &dyn RequestTransport {
        &*self.inner.plane
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    pub(crate) fn directory(&self) -> &InstanceCache {
        &self.inner.directory
    }

    pub(crate) fn events(&self) -> &Arc<EventSystem> {
        &self.inner.events
    }

    /// Sends a call: to an engine of this process straight, to others over the plane.
    pub(crate) async fn send(&self, call: Request) -> Result<Response, CallError> {
        match self.inner.registry.find_instance(&call.target.endpoint, call.target.id) {
            Some(served) => memory::call(&served, call).await,
            None => self.inner.plane.call(call).await,
        }
    }

    /// Whether [`shutdown`](Self::shutdown) has begun.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.inner.end.begun.load(Ordering::Acquire)
    }

    /// Ends the runtime in order: all components leave service in their phases, the lease is revoked, connections are
    /// closed, tasks end. Returns when that is done; whether every call had ended by itself or when told to.
    ///
    /// The clients of this runtime work until the last component has left service. Calling it again waits for the same
    /// end.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the shutdown half-way; call it again to go on waiting.
    pub async fn shutdown(&self) -> bool {
        let end = &self.inner.end;
        if !end.begun.swap(true, Ordering::AcqRel) {
            let this = self.clone();
            // Of its own, because a dropped future must not stop it.
            let over = end.over.clone();
            let task = async move {
                let clean = this.wind_down().await;
                this.inner.end.clean.store(clean, Ordering::Release);
                over.cancel();
            };
            drop(self.inner.runtime.spawn_secondary(task));
        }
        end.over.cancelled().await;
        let rest =
            tokio::time::timeout(self.inner.config.runtime.shutdown_grace, self.inner.runtime.finish()).await;
        end.clean.load(Ordering::Acquire) && rest.is_ok()
    }

    async fn wind_down(&self) -> bool {
        let served: Vec<_> = self.hosted().clone();
        tracing::info!(components = served.len(), "shutting down");
        for serving in &served {
            Arc::clone(serving).leave();
        }
        let clean =
            join_all(served.iter().map(|serving| serving.left())).await.into_iter().all(|clean| clean);
        let inner = &self.inner;
        let closing = async {
            inner.discovery.close().await;
            inner.events.shutdown().await;
            inner.plane.shutdown().await;
        };
        if tokio::time::timeout(CLOSING, closing).await.is_err() {
            tracing::warn!(after = ?CLOSING, "timed out closing connections");
        }
        tracing::info!("shut down");
        clean
    }

    /// Remembers a served component until its end.
    pub(crate) fn adopt(&self, serving: &Arc<dyn Hosted>) {
        self.hosted().push(Arc::clone(serving));
    }

    pub(crate) fn disown(&self, serving: &dyn Hosted) {
        self.hosted().retain(|known| !std::ptr::addr_eq(Arc::as_ptr(known), serving));
    }

    fn hosted(&self) -> MutexGuard<'_, Vec<Arc<dyn Hosted>>> {
        self.inner.end.hosted.lock()
    }

    pub(crate) fn shutdown_limits(&self) -> ShutdownLimits {
        let config = &self.inner.config;
        ShutdownLimits {
            converge: config.runtime.shutdown_converge,
            drain: config.runtime.graceful_shutdown_timeout,
            grace: config.runtime.shutdown_grace,
        }
    }
}

/// Reports the changes of a lease until it is closed.
async fn report(mut lease: watch::Receiver<LeaseState>, observers: Observers) {
    observers.lease(LeaseTransition::Held);
    let mut held = true;
    while lease.changed().await.is_ok() {
        let state = *lease.borrow_and_update();
        let transition = match state {
            LeaseState::Closed => LeaseTransition::Closed,
            LeaseState::Lost { .. } if held => LeaseTransition::Lost,
            LeaseState::Held if !held => LeaseTransition::Restored,
            LeaseState::Lost { .. } | LeaseState::Held => continue,
        };
        held = state == LeaseState::Held;
        observers.lease(transition);
        if state == LeaseState::Closed {
            return;
        }
    }
}

impl fmt::Debug for DistributedRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DistributedRuntime")
            .field("id", &self.inner.id)
            .field("discovery", &self.inner.discovery.describe())
            .field("plane", &self.inner.plane)
            .field("in_flight", &self.inner.registry.in_flight())
            .field("runtime", &self.inner.runtime)
            .finish_non_exhaustive()
    }
}

fn registry(config: &Config) -> Arc<Registry> {
    Registry::new(Limiter::new(config.request.max_concurrent_calls, config.request.max_queued_calls))
}

/// Runtimes of one process that find and call each other without servers or sockets. For tests of several of them.
#[derive(Clone, Debug, Default)]
pub struct LocalCluster {
    store: MemoryStore,
    switchboard: MemoryNetwork,
    hub: MemoryBus,
}

impl LocalCluster {
    /// An empty cluster.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The store of its records, whose faults can be played.
    #[must_use]
    pub fn store(&self) -> &MemoryStore {
        &self.store
    }

    /// Adds a runtime. Of `config`, only what concerns calls and shutdown has a meaning here.
    ///
    /// # Errors
    /// None at present.
    pub fn join(&self, runtime: Runtime, config: Config) -> Result<DistributedRuntime> {
        let runtime = runtime.with_fresh_metrics();
        let id = InstanceId::random();
        let discovery: Arc<dyn Discovery> = Arc::new(self.store.join(id));
        let plane = Arc::new(MemoryTransport { switchboard: self.switchboard.clone() });
        let registry = registry(&config);
        let hub = self.hub.clone();
        let events =
            Arc::new(EventSystem::within(hub, runtime.clone(), config.clone(), Arc::clone(&discovery)));
        Ok(DistributedRuntime::with_parts(runtime, config, id, discovery, plane, registry, events))
    }
}
