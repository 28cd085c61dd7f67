//! `DistributedRuntime`: one local runtime plus one of each plane, built from one [`Config`].

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
use crate::error::transport::TransportError;
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
use crate::wire::codec::Codec;
use futures::future::BoxFuture;

/// Maximum time for connections and leases to close during a shutdown.
const CLOSING: Duration = Duration::from_secs(6);

/// A member of a distributed system. Clones share it; a process may hold several.
///
/// Call [`shutdown`](Self::shutdown) to deregister immediately. If the runtime is only dropped, its records
/// expire with the lease.
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

/// A component served by a runtime until it shuts down.
pub(crate) trait Hosted: Send + Sync {
    /// Starts to take the component out of service, in the background. Does nothing if that has begun.
    fn leave(self: Arc<Self>);

    /// Waits until the component is out of service. Returns whether all calls had ended in time.
    fn left(&self) -> BoxFuture<'_, bool>;
}

/// State shared between a runtime and its shutdown.
#[derive(Default)]
struct ShutdownState {
    begun: AtomicBool,
    over: CancellationToken,
    clean: AtomicBool,
    hosted: Lock<Vec<Arc<dyn Hosted>>>,
}

impl DistributedRuntime {
    /// Connects to the servers that `config` names.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`](crate::error::ErrorKind::Unreachable) if etcd or NATS does not answer
    /// within its start-up limit, [`ErrorKind::Denied`](crate::error::ErrorKind::Denied) immediately if it
    /// rejects the credentials, [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) for settings that
    /// this machine cannot satisfy.
    ///
    /// # Cancel safety
    /// Cancel safe: a dropped attempt leaves nothing behind.
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

    /// Connects with the settings of the environment and the settings file, on the current Tokio runtime.
    ///
    /// # Errors
    /// As [`new`](Self::new), [`Config::from_env`] and [`Runtime::from_current`].
    pub async fn from_settings() -> Result<Self> {
        Self::new(Runtime::from_current()?, Config::from_env()?).await
    }

    /// Creates an isolated runtime without servers, sockets or settings, for tests and single-process
    /// programs.
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
        if Codec::MsgPack.changes_numbers() {
            tracing::warn!(
                "this program is built with `serde_json/arbitrary_precision`: numbers of a `serde_json::Value` do not travel \
                 in MessagePack; turn the feature off, or send typed values or JSON (DYN_REQUEST_PLANE_CODEC=json)"
            );
        }
        let directory = InstanceCache::new(runtime.clone(), Arc::clone(&discovery), plane.speaks());
        drop(runtime.spawn_secondary(report(discovery.lease(), runtime.observers().clone())));
        let end = ShutdownState::default();
        let inner = NodeInner { runtime, config, id, discovery, plane, registry, directory, events, end };
        Self { inner: Arc::new(inner) }
    }

    /// Returns the local runtime.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    /// Returns the counters of this runtime.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        self.inner.runtime.observers().metrics()
    }

    /// Returns the number of calls that wait for their instance to acknowledge the request or to open the response
    /// stream. Calls within this process are never pending.
    #[must_use]
    pub fn pending_calls(&self) -> usize {
        self.inner.plane.pending()
    }

    /// Returns the settings in effect.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Returns the instance id under which this runtime registers its endpoints.
    #[must_use]
    pub fn instance_id(&self) -> InstanceId {
        self.inner.id
    }

    /// Returns the service registry in which instances are registered and found.
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

    /// Sends a call: directly to an engine of this process, over the request plane otherwise.
    pub(crate) async fn send(&self, call: Request) -> Result<Response, TransportError> {
        match self.inner.registry.find_instance(&call.target.endpoint, call.target.id) {
            Some(served) => memory::call(&served, call).await,
            None => self.inner.plane.call(call).await,
        }
    }

    /// Returns whether [`shutdown`](Self::shutdown) has begun.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.inner.end.begun.load(Ordering::Acquire)
    }

    /// Shuts down gracefully: drains all components, revokes the lease, closes connections and ends tasks.
    /// Returns when that is done; `true` if all calls and tasks ended without being killed.
    ///
    /// The clients of this runtime work until the last component is out of service. Further calls of
    /// `shutdown` wait for the same shutdown.
    ///
    /// It also ends the local [`Runtime`]. Of two distributed runtimes on one local runtime, the second to shut down
    /// finds it ended: it returns `false` at once, and its records disappear with its lease.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the shutdown; call it again to wait for the end.
    pub async fn shutdown(&self) -> bool {
        let end = &self.inner.end;
        if !end.begun.swap(true, Ordering::AcqRel) {
            let this = self.clone();
            // A task that does not run, because another owner has ended the local runtime, ends the wait as well.
            let over = end.over.clone().drop_guard();
            // Runs in a task, so that dropping this future does not stop the shutdown.
            let task = async move {
                let clean = this.wind_down().await;
                this.inner.end.clean.store(clean, Ordering::Release);
                drop(over);
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

    /// Keeps a served component until it is out of service.
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

/// Reports transitions of a lease until it is closed.
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
    let limits = (config.request.max_concurrent_calls, config.request.max_queued_calls);
    #[cfg(feature = "_network")]
    let limits = crate::runtime::files::bounded(limits.0, limits.1);
    Registry::new(Limiter::new(limits.0, limits.1))
}

/// A set of runtimes in one process that discover and call each other without servers or sockets, for tests
/// of several runtimes.
#[derive(Clone, Debug, Default)]
pub struct LocalCluster {
    store: MemoryStore,
    switchboard: MemoryNetwork,
    hub: MemoryBus,
}

impl LocalCluster {
    /// Creates an empty cluster.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the store that holds the cluster's records; tests inject faults into it.
    #[must_use]
    pub fn store(&self) -> &MemoryStore {
        &self.store
    }

    /// Adds a runtime. Only the call and shutdown settings of `config` apply.
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
