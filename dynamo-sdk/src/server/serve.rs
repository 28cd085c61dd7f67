//! The builder that serves a component.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::address::ids::ComponentId;
use crate::component::endpoint_list::EndpointList;
use crate::component::hooks::Hooks;
use crate::component::mount::{Component, Mount};
use crate::engine::{AsyncEngine, SingleIn};
use crate::error::Result;
use crate::layer::erased::{ErasedRequest, ErasedResponse};
use crate::layer::service::layered;
use crate::layer::stack::{LayerStack, wrap};
use crate::node::{DistributedRuntime, Hosted};
use crate::pipeline::edge::Edge;
use crate::server::lifecycle::ServedComponent;
use crate::server::serving::{Owner, Serving};
use crate::service::spec::EndpointSpec;

/// What to serve under the name of a component.
pub(crate) struct MountedComponent {
    pub(crate) component: ComponentId,
    /// The components that it calls.
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

/// A component to be served. Await it to serve until the runtime shuts down, or [`start`](Self::start) it.
#[must_use = "nothing is served until this is awaited or started"]
pub struct Serve {
    runtime: DistributedRuntime,
    mounted: MountedComponent,
    layers: Option<LayerStack>,
}

impl Serve {
    pub(crate) fn new(runtime: DistributedRuntime, mounted: MountedComponent) -> Self {
        Self { runtime, mounted, layers: None }
    }

    /// Wraps every endpoint of the component in a layer: a function that wraps the inner engine in an outer
    /// one. See [`layer`](crate::layer).
    pub fn wrap<E>(mut self, layer: impl FnOnce(Edge<ErasedRequest, ErasedResponse>) -> E) -> Self
    where
        E: AsyncEngine<SingleIn<ErasedRequest>, ErasedResponse>,
    {
        self.layers = Some(wrap(self.layers.take(), layer));
        self
    }

    /// Registers all endpoints and returns once they can be discovered and called.
    ///
    /// # Errors
    /// [`ErrorKind::Component`](crate::error::ErrorKind::Component) if its `#[on_start]` fails,
    /// [`ErrorKind::Conflict`](crate::error::ErrorKind::Conflict) if this runtime already serves the
    /// component, [`ErrorKind::ShuttingDown`](crate::error::ErrorKind::ShuttingDown), or an error of the
    /// request plane or of discovery. A failed start is undone.
    ///
    /// # Cancel safety
    /// Dropping the future undoes what was done so far.
    pub async fn start(self) -> Result<Serving> {
        let Self { runtime, mounted, layers } = self;
        let MountedComponent { component, dependencies, endpoints, hooks } = mounted;
        let endpoints = layered(endpoints, layers, &component, runtime.instance_id());
        let served = ServedComponent::new(component, runtime.clone());
        if runtime.is_shutting_down() {
            return Err(served.shutting_down());
        }
        let hosted: Arc<dyn Hosted> = Arc::clone(&served) as _;
        runtime.adopt(&hosted);
        let owner = Owner { served: Arc::clone(&served), detached: false };
        match served.begin(endpoints, hooks).await {
            Ok(started) => {
                if !dependencies.is_empty() {
                    let calls: Vec<String> = dependencies.iter().map(ToString::to_string).collect();
                    tracing::info!(component = %served.component, calls = calls.join(", "), "serving");
                }
                Ok(Serving::new(owner, started))
            }
            Err(error) => {
                served.abandon().await;
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

impl DistributedRuntime {
    /// Serves a component: `runtime.serve(Echo).await` until the runtime shuts down, or
    /// `runtime.serve(Echo).start().await` for a handle.
    pub fn serve<C: Component>(&self, component: C) -> Serve {
        self.serve_arc(Arc::new(component))
    }

    /// Serves a shared component, for example one that a task feeds or a test inspects.
    pub fn serve_arc<C: Component>(&self, component: Arc<C>) -> Serve {
        Serve::new(self.clone(), MountedComponent::of(component))
    }
}
