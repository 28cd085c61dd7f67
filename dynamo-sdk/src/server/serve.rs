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
use crate::error::Result;
use crate::node::{DistributedRuntime, Hosted};
use crate::server::lifecycle::ServedComponent;
use crate::server::serving::{Owner, Serving};
use crate::service::spec::EndpointSpec;

/// What is served under the name of a component.
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

/// A component about to be served. Await it to serve until the runtime shuts down, or [`start`](Self::start)
/// it.
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
    /// [`ErrorKind::Component`](crate::error::ErrorKind::Component) if its `#[on_start]` fails,
    /// [`ErrorKind::Conflict`](crate::error::ErrorKind::Conflict) if the component is served by this runtime
    /// already, [`ErrorKind::ShuttingDown`](crate::error::ErrorKind::ShuttingDown), or an error of the
    /// request plane or of discovery. Everything done so far is undone then.
    ///
    /// # Cancel safety
    /// Dropping the future undoes what was done so far.
    pub async fn start(self) -> Result<Serving> {
        let Self { runtime, mounted } = self;
        let MountedComponent { component, dependencies, endpoints, hooks } = mounted;
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

    /// Serves a component that is shared, for example with a task that feeds it or a test that inspects it.
    pub fn serve_arc<C: Component>(&self, component: Arc<C>) -> Serve {
        Serve::new(self.clone(), MountedComponent::of(component))
    }
}
