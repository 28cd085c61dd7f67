//! An endpoint called through a client: its instances, its router, and the errors if there are none.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::address::ids::{EndpointId, InstanceId};
use crate::discovery::instances::{InstanceList, InstanceWatch};
use crate::error::call::CallError;
use crate::error::call::kind::CallErrorKind;
use crate::error::transport::TransportError;
use crate::node::DistributedRuntime;
use crate::router::Router;
use crate::wire::instance::Instance;

/// How long an endpoint may be missing while others of its component are served: endpoints register one by one.
const OTHERS: Duration = Duration::from_secs(1);

/// An endpoint called through a client.
pub(crate) struct Target {
    pub(crate) endpoint: EndpointId,
    pub(crate) list: watch::Receiver<InstanceList>,
    pub(crate) router: Box<dyn Router>,
    /// The source of the list; `None` for engines held by the client.
    pub(super) source: Option<TargetSource>,
}

/// The discovery of a runtime. It keeps the list current.
pub(super) struct TargetSource {
    pub(super) runtime: DistributedRuntime,
    pub(super) feed: Arc<InstanceWatch>,
}

impl Target {
    /// Returns the current list once discovery is known and it has an instance, or the one named by `to`.
    ///
    /// # Errors
    /// [`CallErrorKind::NoInstances`] after `limit`; [`CallErrorKind::NoSuchInstance`] immediately, and
    /// [`CallErrorKind::NoSuchEndpoint`] after [`OTHERS`], if others are served; [`CallErrorKind::IncompatibleTransport`].
    pub(super) async fn wait_for(
        &self,
        limit: Duration,
        to: Option<InstanceId>,
    ) -> Result<InstanceList, CallError> {
        let wanted = |list: &InstanceList| match to {
            Some(id) => list.known && (list.get(id).is_some() || !list.is_empty()),
            None => list.known && !list.instances.is_empty(),
        };
        let current = || self.list.borrow().clone();
        let (mut list, mut found) = (self.list.clone(), current());
        if !wanted(&found) {
            let others = limit.min(OTHERS);
            let _ = tokio::time::timeout(others, list.wait_for(wanted)).await;
            found = current();
            if !wanted(&found)
                && let Some(error) = self.only_others(&found)
            {
                return Err(error);
            }
            if !wanted(&found) {
                let _ = tokio::time::timeout(limit - others, list.wait_for(wanted)).await;
                found = current();
            }
        }
        match to {
            Some(id) if wanted(&found) && found.get(id).is_none() => Err(self.no_such_instance(&found, id)),
            _ if wanted(&found) => Ok(found),
            _ => Err(self.nobody(&found, limit)),
        }
    }

    /// Returns the error of a call that found no instance within `waited`.
    pub(super) fn nobody(&self, list: &InstanceList, waited: Duration) -> CallError {
        if let Some(foreign) = list.foreign.first() {
            return self.unspoken(foreign);
        }
        let store =
            self.source.as_ref().map_or_else(String::new, |source| source.runtime.discovery().describe());
        TransportError::new(CallErrorKind::NoInstances { waited, store }).of(&self.endpoint)
    }

    /// Returns the error for an endpoint that is missing while others of its component are served.
    fn only_others(&self, list: &InstanceList) -> Option<CallError> {
        let TargetSource { feed, .. } = self.source.as_ref()?;
        if !list.known || !list.is_empty() || feed.was_seen(&self.endpoint) {
            return None;
        }
        let served = feed.served(&self.endpoint);
        (!served.is_empty())
            .then(|| TransportError::new(CallErrorKind::NoSuchEndpoint { served }).of(&self.endpoint))
    }

    fn no_such_instance(&self, list: &InstanceList, id: InstanceId) -> CallError {
        if let Some(foreign) = list.foreign.iter().find(|instance| instance.id == id) {
            return self.unspoken(foreign);
        }
        let known = list.instances.iter().chain(&*list.foreign).map(|instance| instance.id).collect();
        TransportError::new(CallErrorKind::NoSuchInstance { known }).at(&self.endpoint, id)
    }

    fn unspoken(&self, foreign: &Instance) -> CallError {
        let ours = self.source.as_ref().map_or("memory", |source| source.runtime.plane().speaks());
        let theirs = foreign.transport.name().to_owned();
        TransportError::new(CallErrorKind::IncompatibleTransport { theirs, ours })
            .at(&self.endpoint, foreign.id)
    }
}
