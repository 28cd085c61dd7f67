//! An open connection under observation.

use crate::observe::observer::{ConnectionInfo, ConnectionPhase};
use crate::observe::observers::Observers;

/// A connection that is open. Dropping it reports that it is closed.
#[derive(Debug)]
pub(crate) struct ConnectionScope {
    observers: Observers,
    connection: ConnectionInfo,
}

impl ConnectionScope {
    pub(crate) fn open(observers: Observers, connection: ConnectionInfo) -> Self {
        observers.connection(&connection, ConnectionPhase::Opened);
        Self { observers, connection }
    }
}

impl Drop for ConnectionScope {
    fn drop(&mut self) {
        self.observers.connection(&self.connection, ConnectionPhase::Closed);
    }
}
