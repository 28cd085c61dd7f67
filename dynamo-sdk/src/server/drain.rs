//! The resources of a served component, and their release.

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
    /// The key of its record, set before the registration is attempted.
    pub(super) key: Option<Key>,
}

/// The resources of a component whose `#[on_start]` has succeeded.
pub(super) struct Resources {
    pub(super) endpoints: Vec<ServedEndpoint>,
    pub(super) hooks: Hooks,
}

/// The task that monitors the health of a component.
pub(super) type MonitorTask = JoinHandle<Option<()>>;

/// A component going out of service.
pub(super) struct Drainage {
    /// `None` if it never started.
    pub(super) resources: Option<Resources>,
    pub(super) monitor: Option<MonitorTask>,
}

impl Drainage {
    /// Drains the component in the phases of a shutdown. Returns whether all calls ended in time.
    pub(super) async fn run(self, component: &ComponentId, runtime: &DistributedRuntime) -> bool {
        let Self { resources, monitor } = self;
        stop_monitor(monitor).await;
        let Some(Resources { endpoints, hooks }) = resources else { return true };
        let clean = wind_down(&MonitoredEndpoints { runtime, endpoints }, &runtime.shutdown_limits()).await;
        stop_hooks(hooks, component, runtime).await;
        clean
    }

    /// Undoes a failed start, without waiting for calls.
    pub(super) async fn abandon(self, component: &ComponentId, runtime: &DistributedRuntime) {
        let Self { resources, monitor } = self;
        stop_monitor(monitor).await;
        let Some(Resources { endpoints, hooks }) = resources else { return };
        let endpoints = MonitoredEndpoints { runtime, endpoints };
        endpoints.deregister().await;
        endpoints.refuse();
        endpoints.kill();
        endpoints.release().await;
        stop_hooks(hooks, component, runtime).await;
    }
}

/// Stops the monitor first: it could register a record again.
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

struct MonitoredEndpoints<'a> {
    runtime: &'a DistributedRuntime,
    endpoints: Vec<ServedEndpoint>,
}

impl MonitoredEndpoints<'_> {
    fn services(&self) -> impl Iterator<Item = &Service> {
        self.endpoints.iter().map(|endpoint| &*endpoint.service)
    }
}

#[async_trait]
impl Drain for MonitoredEndpoints<'_> {
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
