//! What a served component holds, and how it gives that up.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;
use tokio::task::JoinHandle;

use crate::address::ids::ComponentId;
use crate::component::hooks::Hooks;
use crate::node::DistributedRuntime;
use crate::runtime::shutdown::{Drain, wind_down};
use crate::service::endpoint::Service;
use crate::wire::keys::Key;

/// One endpoint of a served component.
pub(super) struct ServedEndpoint {
    pub(super) service: Arc<Service>,
    /// The key of its record, once that may exist.
    pub(super) key: Option<Key>,
}

/// What a component holds once its `#[on_start]` has succeeded.
pub(super) struct Resources {
    pub(super) endpoints: Vec<ServedEndpoint>,
    pub(super) hooks: Hooks,
}

/// The task that monitors the health of a component.
pub(super) type MonitorTask = JoinHandle<Option<()>>;

/// A component that is leaving service.
pub(super) struct Drainage {
    /// `None` if it never started.
    pub(super) resources: Option<Resources>,
    pub(super) monitor: Option<MonitorTask>,
}

impl Drainage {
    /// Ends the service in the phases of a shutdown. Returns whether all calls ended in time.
    pub(super) async fn run(self, component: &ComponentId, runtime: &DistributedRuntime) -> bool {
        let Self { resources, monitor } = self;
        stop_monitor(monitor).await;
        let Some(Resources { endpoints, hooks }) = resources else { return true };
        let clean = wind_down(&Endpoints { runtime, endpoints }, &runtime.shutdown_limits()).await;
        stop_hooks(hooks, component, runtime).await;
        clean
    }

    /// Undoes a start that failed, without waiting for calls.
    pub(super) async fn abandon(self, component: &ComponentId, runtime: &DistributedRuntime) {
        let Self { resources, monitor } = self;
        stop_monitor(monitor).await;
        let Some(Resources { endpoints, hooks }) = resources else { return };
        let endpoints = Endpoints { runtime, endpoints };
        endpoints.deregister().await;
        endpoints.refuse();
        endpoints.kill();
        endpoints.release().await;
        stop_hooks(hooks, component, runtime).await;
    }
}

/// Stops the monitor first of all: it could register a record again.
async fn stop_monitor(monitor: Option<MonitorTask>) {
    if let Some(task) = monitor {
        task.abort();
        let _ = task.await;
    }
}

/// Runs `#[on_stop]`.
pub(super) async fn stop_hooks(mut hooks: Hooks, component: &ComponentId, runtime: &DistributedRuntime) {
    hooks.stop(component, runtime.runtime(), runtime.config().runtime.shutdown_grace).await;
}

struct Endpoints<'a> {
    runtime: &'a DistributedRuntime,
    endpoints: Vec<ServedEndpoint>,
}

impl Endpoints<'_> {
    fn services(&self) -> impl Iterator<Item = &Service> {
        self.endpoints.iter().map(|endpoint| &*endpoint.service)
    }
}

#[async_trait]
impl Drain for Endpoints<'_> {
    async fn deregister(&self) {
        let keys = self.endpoints.iter().filter_map(|endpoint| endpoint.key.as_ref());
        let removals = keys.map(|key| async move {
            match self.runtime.discovery().deregister(key).await {
                Ok(()) => tracing::info!(%key, "deregistered"),
                Err(error) => {
                    tracing::warn!(%key, ?error, "failed to deregister; the record expires with the lease");
                }
            }
        });
        join_all(removals).await;
    }

    fn refuse(&self) {
        self.services().for_each(Service::refuse);
    }

    async fn idle(&self) {
        join_all(self.services().map(Service::idle)).await;
    }

    fn stop(&self) {
        self.services().for_each(Service::stop);
    }

    fn kill(&self) {
        self.services().for_each(Service::kill);
    }

    async fn release(&self) {
        for endpoint in &self.endpoints {
            self.runtime.plane().close(&endpoint.service).await;
            self.runtime.registry().remove(&endpoint.service);
        }
    }
}
