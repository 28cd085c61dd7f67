//! The signs of life of an endpoint, for its canary.

use tokio::time::Instant;

use crate::sync::Lock;

/// The last sign of life, and whether the pending canary has started.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    last: Lock<Option<Instant>>,
    waiting: Lock<Option<String>>,
}

impl Pulse {
    /// Records a sign of life.
    pub(super) fn beat(&self) {
        *self.last.lock() = Some(Instant::now());
    }

    /// Returns the time of the last sign of life.
    pub(crate) fn last(&self) -> Option<Instant> {
        *self.last.lock()
    }

    /// Expects the canary with this request id to start.
    pub(crate) fn expect(&self, id: &str) {
        *self.waiting.lock() = Some(id.to_owned());
    }

    /// Returns whether the expected canary has not started yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.lock().is_some()
    }

    /// Records that a handler starts.
    pub(super) fn started(&self, id: &str) {
        let mut waiting = self.waiting.lock();
        if waiting.as_deref() == Some(id) {
            *waiting = None;
        }
    }
}
