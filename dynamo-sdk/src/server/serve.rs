//! Serving a component: the handlers accept first, the records are put after that, and every step can be undone.

use std::fmt;
use std::future::IntoFuture;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::address::ids::{ComponentId, InstanceId};
use crate::component::hooks::Hooks;
use crate::component::listener::ListenerView;
use crate::component::mount::{Component, EndpointList, Mount};
use crate::error::{Error, ErrorKind, Result};
use crate::node::{DistributedRuntime, Hosted};
use crate::runtime::shutdown::{Drain, wind_down};
use crate::server::health::{HealthMonitor, MonitoredEndpoint, watch_over};
use crate::service::endpoint::Service;
use crate::service::spec::EndpointSpec;
use crate::sync::Lock;
use crate::wire::instance::Instance;
use crate::wire::keys::Key;

/// The life of a served component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ServingState {
    /// Its handlers accept; nobody knows it yet.
    Created,
    /// Its records are put.
    Registered,
    /// All its endpoints are registered and it serves.
    Running,
    /// Its records are gone; calls in flight go on.
    Draining,
    /// It is over.
    Deregistered,
}

/// What is served under the name of a component.
pub(crate) struct MountedComponent {
    pub(crate) component: ComponentId,
    /// Whom it calls.
    pub(crate) dependencies: &'static [ComponentId],
    pub(crate) endpoints: Vec<EndpointSpec>,
    pub(crate) hooks: Hooks,
}

impl MountedComponent {
    pub(crate) fn of<C: Component>(component: Arc<C>) -> Self {
        let EndpointList { endpoints, hooks, .. } = Mount::of(component);
        Self { component: C::ID, dependencies: C::DEPENDENCIES, endpoints, hooks }
    }
}

/// A component about to be served. Await it to serve until the runtime shuts down, or [`start`](Self::start) it.
#[must_use = "nothing is served until this is awaited or started"]
pub struct Serve {
    runtime: DistributedRuntime,
    mounted: MountedComponent,
}

impl Serve {
    pub(crate) fn new(runtime: DistributedRuntime, mounted: MountedComponent) -> Self {
        Self { runtime, mounted }
    }

    /// Registers all endpoints and returns once they can be found and called.
    ///
    /// # Errors
    /// [`ErrorKind::Component`] if its `#[on_start]` fails, [`ErrorKind::Conflict`] if the component is served by this
    /// runtime already, [`ErrorKind::ShuttingDown`], or what the plane or discovery reports. Nothing stays behind then.
    ///
    /// # Cancel safety
    /// Dropping the future takes back what was done so far.
    pub async fn start(self) -> Result<Serving> {
        let Self { runtime, mounted } = self;
        let MountedComponent { component, dependencies, endpoints, hooks } = mounted;
        if runtime.is_shutting_down() {
            return Err(Error::new(
                ErrorKind::ShuttingDown,
                format!("cannot serve {component}: the runtime is shutting down"),
            ));
        }
        let inner = Arc::new(ServingInner {
            component,
            runtime: runtime.clone(),
            parts: Lock::default(),
            state: watch::Sender::new(ServingState::Created),
            ending: AtomicBool::new(false),
            clean: AtomicBool::new(true),
            hooks: tokio::sync::Mutex::new(None),
            vitals: OnceLock::new(),
            listening: OnceLock::new(),
            watch: Lock::default(),
        });
        let serving = Serving { inner: Arc::clone(&inner), detached: false };
        let hosted: Arc<dyn Hosted> = Arc::clone(&inner) as _;
        runtime.adopt(&hosted);
        match inner.begin(endpoints, hooks).await {
            Ok(()) => {
                if !dependencies.is_empty() {
                    let calls: Vec<String> = dependencies.iter().map(ToString::to_string).collect();
                    tracing::info!(component = %inner.component, calls = calls.join(", "), "serving");
                }
                Ok(serving)
            }
            Err(error) => {
                inner.undo().await;
                Err(error)
            }
        }
    }
}

impl IntoFuture for Serve {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'static, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let serving = self.start().await?;
            serving.wait().await;
            Ok(())
        }
        .boxed()
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("component", &self.mounted.component).finish_non_exhaustive()
    }
}

/// A component that is served. Dropping it takes the component out of service in order, in the background;
/// [`detach`](Self::detach) leaves it to the runtime.
#[must_use = "dropping it ends the service; use `detach` to leave it to the runtime"]
pub struct Serving {
    pub(super) inner: Arc<ServingInner>,
    detached: bool,
}

/// One endpoint of a served component.
#[derive(Clone)]
struct ServedEndpoint {
    served: Arc<Service>,
    /// Where it is registered, once it is.
    key: Option<Key>,
}

pub(crate) struct ServingInner {
    pub(super) component: ComponentId,
    runtime: DistributedRuntime,
    parts: Lock<Vec<ServedEndpoint>>,
    pub(super) state: watch::Sender<ServingState>,
    ending: AtomicBool,
    clean: AtomicBool,
    /// Once the component has started: what it does at its end.
    hooks: tokio::sync::Mutex<Option<Hooks>>,
    /// Once all endpoints accept.
    pub(super) vitals: OnceLock<Arc<HealthMonitor>>,
    /// Once the component has started: what it hears.
    pub(super) listening: OnceLock<Vec<ListenerView>>,
    /// Who watches over the health.
    watch: Lock<Option<JoinHandle<Option<()>>>>,
}

impl Serving {
    /// The component that is served.
    #[must_use]
    pub fn component(&self) -> &ComponentId {
        &self.inner.component
    }

    /// The instance under which it is registered.
    #[must_use]
    pub fn instance(&self) -> InstanceId {
        self.inner.runtime.instance_id()
    }

    /// Waits until it is over: because of [`shutdown`](Self::shutdown) or the end of the runtime.
    ///
    /// # Cancel safety
    /// Dropping the future drops the handle, and with it ends the service.
    pub async fn wait(self) {
        self.inner.ended().await;
    }

    /// Takes the component out of service in the phases of a shutdown, and returns when that is done: records away, still
    /// accepting for a moment, refusing, waiting for calls in flight, stopping and killing what is left.
    ///
    /// # Cancel safety
    /// Once begun, it goes on in the background.
    pub async fn shutdown(self) {
        self.inner.end_in_background();
        self.inner.ended().await;
    }

    /// Leaves the component in service until the runtime shuts down.
    pub fn detach(mut self) {
        self.detached = true;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if !self.detached {
            self.inner.end_in_background();
        }
    }
}

impl ServingInner {
    async fn begin(&self, specs: Vec<EndpointSpec>, mut hooks: Hooks) -> Result<()> {
        let listening = hooks.start(&self.component, &self.runtime).await?;
        self.listening.get_or_init(|| listening);
        let health = std::mem::take(&mut hooks.health);
        *self.hooks.lock().await = Some(hooks);
        let (mut instances, mut canaries) = (Vec::with_capacity(specs.len()), Vec::new());
        for mut spec in specs {
            canaries.push(spec.canary.take());
            instances.push(Arc::new(self.accept(spec).await?));
        }
        for (at, instance) in instances.iter().enumerate() {
            let record = instance.to_record()?;
            let key = record.key.clone();
            // Noted before it is done: if this future is dropped half-way, the record may exist.
            if let Some(part) = self.parts.lock().get_mut(at) {
                part.key = Some(key);
            }
            if let Err(error) = self.runtime.discovery().register(record).await {
                if error.kind() == ErrorKind::Conflict
                    && let Some(part) = self.parts.lock().get_mut(at)
                {
                    // The record is somebody else's, and stays.
                    part.key = None;
                }
                return Err(error);
            }
            tracing::info!(%instance, "registered");
        }
        self.advance(ServingState::Registered);
        let parts = self.parts().into_iter().zip(instances).zip(canaries);
        let patients = parts
            .map(|((part, instance), canary)| MonitoredEndpoint { served: part.served, instance, canary })
            .collect();
        self.watch_over(HealthMonitor::new(self.runtime.clone(), patients, health));
        self.advance(ServingState::Running);
        Ok(())
    }

    /// Begins to look after what is served.
    fn watch_over(&self, vitals: HealthMonitor) {
        let vitals = Arc::clone(self.vitals.get_or_init(|| Arc::new(vitals)));
        let watch = watch_over(vitals, self.state.subscribe());
        let task = self.runtime.runtime().spawn_secondary(watch);
        *self.watch.lock() = Some(task);
    }

    /// Makes one endpoint callable for whoever knows it.
    async fn accept(&self, spec: EndpointSpec) -> Result<Instance> {
        let runtime = &self.runtime;
        let endpoint = self.component.endpoint(spec.name.clone());
        let (registry, id) = (runtime.registry(), runtime.instance_id());
        let (gate, local) = (Arc::clone(&registry.gate), runtime.runtime().clone());
        let served = Service::new(endpoint.clone(), id, spec, gate, Some(local));
        registry.insert(&served)?;
        self.parts.lock().push(ServedEndpoint { served: Arc::clone(&served), key: None });
        let transport = runtime.plane().open(&served).await?;
        Ok(Instance {
            endpoint,
            id,
            transport,
            codec: runtime.config().request.request_plane_codec,
            // Nothing here needs a GPU; WIRE.md section 1.1: only device-aware routing reads it.
            device_type: Some("cpu".to_owned()),
            other: serde_json::Map::new(),
        })
    }

    /// Takes everything back at once, without waiting for calls.
    async fn undo(&self) {
        self.ending.store(true, Ordering::Release);
        self.deregister().await;
        self.refuse();
        self.kill();
        self.release().await;
        self.say_goodbye().await;
        self.advance(ServingState::Deregistered);
        self.runtime.disown(self);
    }

    /// Begins the end, unless it has begun.
    pub(crate) fn end_in_background(self: &Arc<Self>) {
        if !self.ending.swap(true, Ordering::AcqRel) {
            let inner = Arc::clone(self);
            // On the pool that the user's handlers cannot block.
            drop(self.runtime.runtime().spawn_secondary(async move { inner.end().await }));
        }
    }

    async fn end(&self) {
        self.advance(ServingState::Draining);
        let clean = wind_down(self, &self.runtime.shutdown_limits()).await;
        self.clean.store(clean, Ordering::Release);
        self.say_goodbye().await;
        self.advance(ServingState::Deregistered);
        self.runtime.disown(self);
    }

    /// Runs the hooks of the end, if those of the start ran.
    async fn say_goodbye(&self) {
        if let Some(mut hooks) = self.hooks.lock().await.take() {
            let limit = self.runtime.config().runtime.shutdown_grace;
            hooks.stop(&self.component, self.runtime.runtime(), limit).await;
        }
    }

    /// Waits for the end; whether all calls had ended by then.
    pub(crate) async fn ended(&self) -> bool {
        // The sender is ours, so that waiting cannot fail.
        let _ = self.state.subscribe().wait_for(|state| *state == ServingState::Deregistered).await;
        self.clean.load(Ordering::Acquire)
    }

    fn advance(&self, to: ServingState) {
        tracing::debug!(component = %self.component, state = ?to, "serving");
        self.state.send_if_modified(|state| {
            let later = to > *state;
            if later {
                *state = to;
            }
            later
        });
    }

    fn parts(&self) -> Vec<ServedEndpoint> {
        self.parts.lock().clone()
    }
}

#[async_trait]
impl Drain for ServingInner {
    async fn deregister(&self) {
        // First of all nobody puts a record back any more.
        let watch = self.watch.lock().take();
        if let Some(watch) = watch {
            watch.abort();
            let _ = watch.await;
        }
        let parts = self.parts();
        let away = parts.iter().filter_map(|part| part.key.as_ref()).map(|key| async move {
            match self.runtime.discovery().deregister(key).await {
                Ok(()) => tracing::info!(%key, "deregistered"),
                // The lease takes it away later.
                Err(error) => tracing::warn!(%key, ?error, "a record could not be taken away"),
            }
        });
        join_all(away).await;
    }

    fn refuse(&self) {
        self.parts().iter().for_each(|part| part.served.refuse());
    }

    async fn idle(&self) {
        let parts = self.parts();
        join_all(parts.iter().map(|part| part.served.idle())).await;
    }

    fn stop(&self) {
        self.parts().iter().for_each(|part| part.served.stop());
    }

    fn kill(&self) {
        self.parts().iter().for_each(|part| part.served.kill());
    }

    async fn release(&self) {
        for part in self.parts() {
            self.runtime.plane().close(&part.served).await;
            self.runtime.registry().remove(&part.served);
        }
    }
}

impl Hosted for ServingInner {
    fn leave(self: Arc<Self>) {
        self.end_in_background();
    }

    fn left(&self) -> BoxFuture<'_, bool> {
        self.ended().boxed()
    }
}

impl DistributedRuntime {
    /// Serves a component: `runtime.serve(Echo).await` until the runtime shuts down, or
    /// `runtime.serve(Echo).start().await` for a handle.
    pub fn serve<C: Component>(&self, component: C) -> Serve {
        self.serve_arc(Arc::new(component))
    }

    /// Serves a component that others have too: a task that feeds it, a test that looks into it.
    pub fn serve_arc<C: Component>(&self, component: Arc<C>) -> Serve {
        Serve::new(self.clone(), MountedComponent::of(component))
    }
}
