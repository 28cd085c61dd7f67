//! The start of a served component: runs hooks, opens endpoints, then registers their records.

#[cfg(test)]
mod tests;

use std::mem;
use std::sync::Arc;

use crate::component::hooks::Hooks;
use crate::component::listener::counts::ListenerView;
use crate::error::{ErrorKind, Result};
use crate::server::drain::{ServedEndpoint, stop_hooks};
use crate::server::lifecycle::ServedComponent;
use crate::server::monitor::{HealthMonitor, MonitoredEndpoint};
use crate::service::endpoint::Service;
use crate::service::spec::EndpointSpec;
use crate::wire::instance::Instance;
use crate::wire::keys::Key;

/// The observable parts of a started component.
pub(super) struct Started {
    pub(super) monitor: Arc<HealthMonitor>,
    pub(super) listeners: Vec<ListenerView>,
}

impl ServedComponent {
    /// Runs `#[on_start]`, opens the endpoints, registers them and starts to monitor their health.
    ///
    /// # Errors
    /// Those of [`Serve::start`](crate::server::serve::Serve::start). The caller must undo what was done so
    /// far.
    pub(super) async fn begin(&self, specs: Vec<EndpointSpec>, mut hooks: Hooks) -> Result<Started> {
        let listeners = hooks.start(&self.component, &self.runtime).await?;
        let health_hooks = mem::take(&mut hooks.health);
        if let Some(hooks) = self.started(hooks) {
            stop_hooks(hooks, &self.component, &self.runtime).await;
            return Err(self.shutting_down());
        }
        let (mut instances, mut canaries) = (Vec::with_capacity(specs.len()), Vec::new());
        for spec in specs {
            canaries.push(spec.canary.clone());
            instances.push(Arc::new(self.open(spec).await?));
        }
        for (index, instance) in instances.iter().enumerate() {
            self.register(index, instance).await?;
        }
        let services = self.registered()?;
        let endpoints = services.into_iter().zip(instances).zip(canaries);
        let endpoints = endpoints
            .map(|((service, instance), canary)| MonitoredEndpoint { service, instance, canary })
            .collect();
        let monitor = Arc::new(HealthMonitor::new(self.runtime.clone(), endpoints, health_hooks));
        let task = Arc::clone(&monitor);
        let task = self.runtime.runtime().supervise("health checks", move || {
            let task = Arc::clone(&task);
            async move { task.run().await }
        });
        self.running(task)?;
        Ok(Started { monitor, listeners })
    }

    /// Makes one endpoint callable at the returned address.
    async fn open(&self, spec: EndpointSpec) -> Result<Instance> {
        let runtime = &self.runtime;
        let endpoint = self.component.endpoint(spec.name.clone());
        let (registry, id) = (runtime.registry(), runtime.instance_id());
        let (limiter, local) = (Arc::clone(&registry.limiter), runtime.runtime().clone());
        let service = Service::new(endpoint.clone(), id, spec, limiter, Some(local));
        registry.insert(&service)?;
        let served = ServedEndpoint { service: Arc::clone(&service), key: None };
        self.opening(|resources| resources.endpoints.push(served))
            .inspect_err(|_| registry.remove(&service))?;
        let transport = runtime.plane().open(&service).await?;
        Ok(Instance {
            endpoint,
            id,
            transport,
            codec: runtime.config().request.request_plane_codec,
            // Read only by device-aware routing; nothing here needs a GPU.
            device_type: Some("cpu".to_owned()),
            extra: serde_json::Map::new(),
        })
    }

    /// Registers the record of one endpoint in discovery.
    async fn register(&self, index: usize, instance: &Instance) -> Result<()> {
        let record = instance.to_record()?;
        let key = record.key.clone();
        // The key is noted first: if this future is dropped midway, the record may exist.
        self.note_key(index, Some(key))?;
        if let Err(error) = self.runtime.discovery().register(record).await {
            if error.kind() == ErrorKind::Conflict {
                // The record belongs to another process and stays.
                let _ = self.note_key(index, None);
            }
            return Err(error);
        }
        tracing::info!(%instance, "registered");
        Ok(())
    }

    fn note_key(&self, index: usize, key: Option<Key>) -> Result<()> {
        self.opening(|resources| {
            if let Some(endpoint) = resources.endpoints.get_mut(index) {
                endpoint.key = key;
            }
        })
    }
}
