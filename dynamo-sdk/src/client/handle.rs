//! The client of a component: one live list for each endpoint it calls, and a router that picks from it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::address::ids::{ComponentId, EndpointId, InstanceId};
use crate::address::names::EndpointName;
use crate::client::local::LocalEndpoints;
use crate::discovery::instances::{InstanceList, InstanceWatch};
use crate::engine::{AsyncEngine, SingleIn};
use crate::error::call::CallError;
use crate::error::{Error, ErrorKind, Result};
use crate::layer::client::send;
use crate::layer::erased::{ErasedRequest, ErasedResponse};
use crate::layer::stack::{LayerStack, wrap};
use crate::node::DistributedRuntime;
use crate::observe::observers::Observers;
use crate::pipeline::edge::Edge;
use crate::router::Router;
use crate::router::round_robin::RoundRobin;
use crate::sync::SharedLock;
use crate::transport::request::{Request, Response};

/// How often a wait says what it is waiting for.
const REMIND: Duration = Duration::from_secs(5);

/// Calls the endpoints of a component. Clones share their lists and their router.
///
/// The typed client that `#[component]` makes is this with one method for each endpoint; use it directly to call what no
/// Rust type describes.
#[derive(Clone)]
pub struct Client {
    inner: Arc<ClientInner>,
}

struct ClientInner {
    component: ComponentId,
    backend: Backend,
    router: Box<dyn Router>,
    layers: Option<LayerStack>,
    targets: SharedLock<HashMap<EndpointName, Arc<Target>>>,
}

/// Where calls go.
#[derive(Clone)]
enum Backend {
    /// To whoever serves the component in the system of this runtime.
    Remote { runtime: DistributedRuntime, feed: Arc<InstanceWatch> },
    /// To engines that the client holds itself.
    Local(Arc<LocalEndpoints>),
}

/// One endpoint that is called.
pub(crate) struct Target {
    pub(crate) endpoint: EndpointId,
    pub(crate) list: watch::Receiver<InstanceList>,
    pub(crate) router: Box<dyn Router>,
    /// Keeps the watch of the list alive.
    _feed: Option<Arc<InstanceWatch>>,
}

/// What holds for a call unless it says otherwise. Zero is off.
pub(crate) struct Defaults {
    pub(crate) first_item: Duration,
    pub(crate) silence: Duration,
    pub(crate) instance_wait: Duration,
    pub(crate) max_attempts: u32,
}

impl Client {
    /// Follows the instances of a component. Returns when the list is known; it may be empty.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`] if discovery cannot be read within `DYN_SDK_INSTANCE_WAIT_SECS`.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn connect(runtime: &DistributedRuntime, component: ComponentId) -> Result<Self> {
        let feed = runtime.directory().table();
        let mut version = feed.version();
        let limit = runtime.config().call.instance_wait;
        let known = tokio::time::timeout(limit, async {
            while !feed.is_known() {
                if version.changed().await.is_err() {
                    break;
                }
            }
        });
        known.await.map_err(|_| {
            let what =
                format!("{} gave no list of instances within {limit:?}", runtime.discovery().describe());
            Error::new(ErrorKind::Unreachable, what)
        })?;
        let backend = Backend::Remote { runtime: runtime.clone(), feed };
        Ok(Self::over(component, backend, Box::new(RoundRobin::new()), None))
    }

    pub(crate) fn of_engines(engines: LocalEndpoints) -> Self {
        Self::over(
            engines.component().clone(),
            Backend::Local(Arc::new(engines)),
            Box::new(RoundRobin::new()),
            None,
        )
    }

    fn over(
        component: ComponentId,
        backend: Backend,
        router: Box<dyn Router>,
        layers: Option<LayerStack>,
    ) -> Self {
        Self {
            inner: Arc::new(ClientInner {
                component,
                backend,
                router,
                layers,
                targets: SharedLock::default(),
            }),
        }
    }

    /// A client of the same component that picks with `router`; every endpoint gets a [fresh](Router::fresh) one.
    #[must_use]
    pub fn with_router(&self, router: impl Router) -> Self {
        let layers = self.inner.layers.clone();
        Self::over(self.inner.component.clone(), self.inner.backend.clone(), Box::new(router), layers)
    }

    /// Returns a client of the same component with a layer around every attempt of every call, in the form of a function
    /// from the engine below it to that with it. See [`layer`](crate::layer).
    #[must_use]
    pub fn wrap<E>(&self, layer: impl FnOnce(Edge<ErasedRequest, ErasedResponse>) -> E) -> Self
    where
        E: AsyncEngine<SingleIn<ErasedRequest>, ErasedResponse>,
    {
        let layers = wrap(self.inner.layers.clone(), layer);
        let (component, backend) = (self.inner.component.clone(), self.inner.backend.clone());
        Self::over(component, backend, self.inner.router.fresh(), Some(layers))
    }

    /// The component that is called.
    #[must_use]
    pub fn component(&self) -> &ComponentId {
        &self.inner.component
    }

    /// The runtime that it calls through; `None` if it holds the engines itself.
    #[must_use]
    pub fn runtime(&self) -> Option<&DistributedRuntime> {
        match &self.inner.backend {
            Backend::Remote { runtime, .. } => Some(runtime),
            Backend::Local(_) => None,
        }
    }

    pub(crate) fn defaults(&self) -> Defaults {
        match &self.inner.backend {
            Backend::Remote { runtime, .. } => {
                let config = runtime.config();
                Defaults {
                    first_item: config.call.first_item_timeout,
                    silence: config.call.stream_timeout,
                    instance_wait: config.call.instance_wait,
                    max_attempts: config.call.max_attempts,
                }
            }
            Backend::Local(_) => Defaults {
                first_item: Duration::ZERO,
                silence: Duration::ZERO,
                instance_wait: Duration::ZERO,
                max_attempts: 1,
            },
        }
    }

    pub(crate) fn observers(&self) -> &Observers {
        match &self.inner.backend {
            Backend::Remote { runtime, .. } => runtime.runtime().observers(),
            Backend::Local(engines) => engines.observers(),
        }
    }

    /// Refuses to choose an instance where there is none to choose.
    pub(crate) fn check_choice(
        &self,
        endpoint: &EndpointId,
        to: Option<InstanceId>,
    ) -> Result<(), CallError> {
        match (&self.inner.backend, to) {
            (Backend::Local(_), Some(id)) => Err(CallError::InvalidCall {
                endpoint: endpoint.clone(),
                source: format!(
                    "`instance({id})` chooses an instance, and this client has none: it holds the engines itself"
                )
                .into(),
            }),
            _ => Ok(()),
        }
    }

    pub(crate) async fn send(&self, call: Request) -> Result<Response, CallError> {
        let Some(layers) = &self.inner.layers else { return self.inner.backend.send(call).await };
        let backend = self.inner.backend.clone();
        send(layers, call, move |call| async move { backend.send(call).await }.boxed()).await
    }

    /// Who serves an endpoint right now.
    #[must_use]
    pub fn instances(&self, endpoint: &EndpointName) -> InstanceList {
        self.target(endpoint.clone()).list.borrow().clone()
    }

    /// The list of an endpoint, to be followed: it holds the current list, and tells when there is another.
    #[must_use]
    pub fn watch(&self, endpoint: &EndpointName) -> watch::Receiver<InstanceList> {
        self.target(endpoint.clone()).list.clone()
    }

    /// Waits until `n` processes serve the component, and says every five seconds what it waits for. A client that holds
    /// the engines itself is ready, and alone.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] after `timeout`; [`ErrorKind::Invalid`] at once where no second process can appear.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn wait_ready(&self, n: usize, timeout: Duration) -> Result<()> {
        let component = &self.inner.component;
        let (runtime, feed) = match &self.inner.backend {
            Backend::Remote { runtime, feed } => (runtime, feed),
            Backend::Local(_) if n <= 1 => return Ok(()),
            Backend::Local(_) => {
                let what = format!("{n} instances of {component} for a client that holds the engines itself");
                return Err(Error::new(ErrorKind::Invalid, what));
            }
        };
        let (end, mut version) = (Instant::now() + timeout, feed.version());
        loop {
            version.borrow_and_update();
            let found = feed.count(component);
            if found >= n {
                return Ok(());
            }
            let waiting_for = || {
                let store = runtime.discovery().describe();
                format!("{n} instances of {component} in {store}, {found} found so far")
            };
            let remind = Instant::now() + REMIND;
            if timeout_at(end.min(remind), version.changed()).await.is_err() {
                if Instant::now() >= end {
                    return Err(Error::new(
                        ErrorKind::TimedOut,
                        format!("gave up after {timeout:?} waiting for {}", waiting_for()),
                    ));
                }
                tracing::info!("waiting for {}", waiting_for());
            }
        }
    }

    pub(crate) fn target(&self, endpoint: EndpointName) -> Arc<Target> {
        let inner = &self.inner;
        if let Some(target) = inner.targets.read().get(&endpoint) {
            return Arc::clone(target);
        }
        let mut targets = inner.targets.write();
        let target = targets.entry(endpoint.clone()).or_insert_with(|| {
            let endpoint = inner.component.endpoint(endpoint);
            let (list, feed) = match &inner.backend {
                Backend::Remote { feed, .. } => (feed.endpoint(&endpoint), Some(Arc::clone(feed))),
                Backend::Local(engines) => (engines.list(&endpoint), None),
            };
            Arc::new(Target { endpoint, list, router: inner.router.fresh(), _feed: feed })
        });
        Arc::clone(target)
    }
}

impl Backend {
    async fn send(&self, call: Request) -> Result<Response, CallError> {
        match self {
            Self::Remote { runtime, .. } => runtime.send(call).await,
            Self::Local(engines) => engines.call(call).await,
        }
    }
}

impl Target {
    /// The current list, once the store has been read and somebody is in it whom `wanted` accepts.
    ///
    /// # Errors
    /// [`CallError::NoInstances`] after `limit`.
    pub(crate) async fn wait_for(
        &self,
        limit: Duration,
        wanted: impl Fn(&InstanceList) -> bool,
    ) -> Result<InstanceList, CallError> {
        {
            let now = self.list.borrow();
            if now.known && wanted(&now) {
                return Ok(now.clone());
            }
        }
        let mut list = self.list.clone();
        let found = tokio::time::timeout(limit, list.wait_for(|list| list.known && wanted(list))).await;
        match found {
            Ok(Ok(found)) => Ok(found.clone()),
            _ => Err(CallError::NoInstances { endpoint: self.endpoint.clone(), waited: limit }),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("component", &self.inner.component)
            .field("router", &self.inner.router)
            .finish_non_exhaustive()
    }
}

impl DistributedRuntime {
    /// A client for a component that no Rust type describes. For one that a type describes, use the client that
    /// `#[component]` made of it.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn client(&self, component: ComponentId) -> Result<Client> {
        Client::connect(self, component).await
    }
}
