//! The client of a component: one live list for each endpoint it calls, and a router that picks from it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::directory::{Feed, InstanceList};
use super::{Call, StreamCall};
use crate::distributed::DistributedRuntime;
use crate::error::{CallError, Error, ErrorKind, Result};
use crate::names::{ComponentId, EndpointId, EndpointName};
use crate::router::{RoundRobin, Router};

/// How often a wait says what it is waiting for.
const REMIND: Duration = Duration::from_secs(5);

/// Calls the endpoints of a component. Clones share their lists and their router.
///
/// The typed client that `#[component]` makes is this with one method for each endpoint; use it directly to call what no
/// Rust type describes.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: DistributedRuntime,
    component: ComponentId,
    feed: Arc<Feed>,
    router: Box<dyn Router>,
    targets: RwLock<HashMap<EndpointName, Arc<Target>>>,
}

/// One endpoint that is called.
pub(super) struct Target {
    pub(super) endpoint: EndpointId,
    pub(super) list: watch::Receiver<InstanceList>,
    pub(super) router: Box<dyn Router>,
    /// Keeps the watch alive.
    _feed: Arc<Feed>,
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
        let feed = runtime.directory().feed();
        let mut version = feed.version();
        let limit = runtime.config().instance_wait;
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
        Ok(Self::over(runtime.clone(), component, feed, Box::new(RoundRobin::new())))
    }

    fn over(
        runtime: DistributedRuntime,
        component: ComponentId,
        feed: Arc<Feed>,
        router: Box<dyn Router>,
    ) -> Self {
        Self { inner: Arc::new(Inner { runtime, component, feed, router, targets: RwLock::default() }) }
    }

    /// A client of the same component that picks with `router`; every endpoint gets a [fresh](Router::fresh) one.
    #[must_use]
    pub fn with_router(&self, router: impl Router) -> Self {
        let inner = &self.inner;
        Self::over(inner.runtime.clone(), inner.component.clone(), Arc::clone(&inner.feed), Box::new(router))
    }

    /// The component that is called.
    #[must_use]
    pub fn component(&self) -> &ComponentId {
        &self.inner.component
    }

    /// The runtime that it calls through.
    #[must_use]
    pub fn runtime(&self) -> &DistributedRuntime {
        &self.inner.runtime
    }

    /// Prepares a call of an endpoint that gives one response.
    ///
    /// # Panics
    /// If `endpoint` is not a valid name. The macros check it when compiling.
    pub fn call<Req, Resp>(&self, endpoint: &'static str, request: Req) -> Call<Req, Resp> {
        Call::new(self.clone(), self.target(EndpointName::from_static(endpoint)), request)
    }

    /// Prepares a call of an endpoint that gives a stream of responses.
    ///
    /// # Panics
    /// If `endpoint` is not a valid name. The macros check it when compiling.
    pub fn stream<Req, Resp>(&self, endpoint: &'static str, request: Req) -> StreamCall<Req, Resp> {
        StreamCall::new(self.clone(), self.target(EndpointName::from_static(endpoint)), request)
    }

    /// The same as [`call`](Self::call) for a name that is only known at run time.
    pub fn call_named<Req, Resp>(&self, endpoint: EndpointName, request: Req) -> Call<Req, Resp> {
        Call::new(self.clone(), self.target(endpoint), request)
    }

    /// The same as [`stream`](Self::stream) for a name that is only known at run time.
    pub fn stream_named<Req, Resp>(&self, endpoint: EndpointName, request: Req) -> StreamCall<Req, Resp> {
        StreamCall::new(self.clone(), self.target(endpoint), request)
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

    /// Waits until `n` processes serve the component, and says every five seconds what it waits for.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] after `timeout`.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn wait_ready(&self, n: usize, timeout: Duration) -> Result<()> {
        let inner = &self.inner;
        let (end, mut version) = (Instant::now() + timeout, inner.feed.version());
        loop {
            version.borrow_and_update();
            let found = inner.feed.count(&inner.component);
            if found >= n {
                return Ok(());
            }
            let waiting_for = || {
                let store = inner.runtime.discovery().describe();
                format!("{n} instances of {} in {store}, {found} found so far", inner.component)
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

    fn target(&self, endpoint: EndpointName) -> Arc<Target> {
        let inner = &self.inner;
        if let Some(target) = inner.targets.read().unwrap_or_else(PoisonError::into_inner).get(&endpoint) {
            return Arc::clone(target);
        }
        let mut targets = inner.targets.write().unwrap_or_else(PoisonError::into_inner);
        let target = targets.entry(endpoint.clone()).or_insert_with(|| {
            let endpoint = inner.component.endpoint(endpoint);
            let list = inner.feed.endpoint(&endpoint);
            Arc::new(Target { endpoint, list, router: inner.router.fresh(), _feed: Arc::clone(&inner.feed) })
        });
        Arc::clone(target)
    }
}

impl Target {
    /// The current list, once the store has been read and somebody is in it whom `wanted` accepts.
    ///
    /// # Errors
    /// [`CallError::NoInstances`] after `limit`.
    pub(super) async fn wait_for(
        &self,
        limit: Duration,
        wanted: impl Fn(&InstanceList) -> bool,
    ) -> Result<InstanceList, CallError> {
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
