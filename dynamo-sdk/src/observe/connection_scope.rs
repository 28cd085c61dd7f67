//! An open connection under observation.

use std::net::SocketAddr;

use crate::observe::observer::{ConnectionInfo, ConnectionPhase, Direction, Observer, Plane};
use crate::observe::observers::Observers;

/// An open connection. Dropping it reports the close.
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

impl ConnectionInfo {
    pub(crate) fn new(plane: Plane, direction: Direction, peer: Option<SocketAddr>) -> Self {
        Self { plane, direction, peer }
    }
}

impl Observers {
    /// Reports a connection that this process opened.
    pub(crate) fn opened(&self, plane: Plane, peer: Option<SocketAddr>) -> ConnectionScope {
        ConnectionScope::open(self.clone(), ConnectionInfo::new(plane, Direction::Outbound, peer))
    }

    /// Reports a connection that this process accepted.
    pub(crate) fn accepted(&self, plane: Plane, peer: SocketAddr) -> ConnectionScope {
        ConnectionScope::open(self.clone(), ConnectionInfo::new(plane, Direction::Inbound, Some(peer)))
    }

    /// Reports a connection attempt of this process that failed.
    pub(crate) fn dial_failed(
        &self,
        plane: Plane,
        peer: Option<SocketAddr>,
        error: &(dyn std::error::Error + 'static),
    ) {
        let connection = ConnectionInfo::new(plane, Direction::Outbound, peer);
        self.connection(&connection, ConnectionPhase::Failed(error));
    }

    pub(crate) fn connection(&self, connection: &ConnectionInfo, phase: ConnectionPhase<'_>) {
        self.metrics().connection(connection, phase);
        self.installed().iter().for_each(|observer| observer.connection(connection, phase));
    }
}
