//! The handle of a served component.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use crate::address::ids::{ComponentId, InstanceId};
use crate::component::listener::counts::{Listener, ListenerView};
use crate::server::health::Health;
use crate::server::lifecycle::ServedComponent;
use crate::server::startup::Started;
use crate::server::state::ServingState;

/// The handle of a served component. Dropping it shuts the component down gracefully, in the background; use
/// [`detach`](Self::detach) to serve until the runtime shuts down.
#[must_use = "dropping it ends the service; use `detach` to leave it to the runtime"]
pub struct Serving {
    owner: Owner,
    started: Started,
}

/// Ends the service when dropped, unless detached.
pub(super) struct Owner {
    pub(super) served: Arc<ServedComponent>,
    pub(super) detached: bool,
}

impl Drop for Owner {
    fn drop(&mut self) {
        if !self.detached {
            self.served.shut_down();
        }
    }
}

impl Serving {
    pub(super) fn new(owner: Owner, started: Started) -> Self {
        Self { owner, started }
    }

    /// Returns the id of the served component.
    #[must_use]
    pub fn component(&self) -> &ComponentId {
        &self.owner.served.component
    }

    /// Returns the instance id under which it is registered.
    #[must_use]
    pub fn instance(&self) -> InstanceId {
        self.owner.served.runtime.instance_id()
    }

    /// Watches its state.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<ServingState> {
        self.owner.served.state()
    }

    /// Watches the health of its endpoints, as reported by `#[health]` and the canaries.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.started.monitor.health()
    }

    /// Returns the event counts of its `#[subscribe]` methods, in source order.
    #[must_use]
    pub fn listeners(&self) -> Vec<Listener> {
        self.started.listeners.iter().map(ListenerView::look).collect()
    }

    /// Waits until the component is out of service, after [`shutdown`](Self::shutdown) or the shutdown of
    /// the runtime.
    ///
    /// # Cancel safety
    /// Dropping the future drops the handle, which ends the service.
    pub async fn wait(self) {
        self.owner.served.ended().await;
    }

    /// Shuts the component down gracefully and returns when that is done: deregisters it, keeps accepting
    /// calls for a short time, rejects new calls, waits for calls in flight, then stops and finally kills
    /// the rest.
    ///
    /// # Cancel safety
    /// Once begun, it continues in the background.
    pub async fn shutdown(self) {
        self.owner.served.shut_down();
        self.owner.served.ended().await;
    }

    /// Keeps the component in service until the runtime shuts down.
    pub fn detach(mut self) {
        self.owner.detached = true;
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving")
            .field("component", self.component())
            .field("state", &*self.state().borrow())
            .finish_non_exhaustive()
    }
}
