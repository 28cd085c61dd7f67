//! What can be seen of a served component from outside.

use std::fmt;

use tokio::sync::watch;

use crate::component::listener::Listener;
use crate::component::listener::ListenerView;
use crate::server::health::Health;
use crate::server::serve::{Serving, ServingState};

impl Serving {
    /// Its state, to be followed.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<ServingState> {
        self.inner.state.subscribe()
    }

    /// How its endpoints are, to be followed: what `#[health]` and the canaries found.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        match self.inner.vitals.get() {
            Some(vitals) => vitals.health(),
            // Only before `start` has returned.
            None => watch::Sender::default().subscribe(),
        }
    }

    /// What its methods with `#[subscribe]` heard so far, one entry for each, in the order of the source.
    #[must_use]
    pub fn listeners(&self) -> Vec<Listener> {
        self.inner.listening.get().into_iter().flatten().map(ListenerView::look).collect()
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving")
            .field("component", &self.inner.component)
            .field("state", &*self.inner.state.borrow())
            .finish_non_exhaustive()
    }
}
