//! How events travel, and what that is when nothing says it.

use super::{Config, DiscoveryBackend};

/// How events travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventPlane {
    /// From each publisher's own socket straight to its subscribers, who find it through discovery.
    Zmq,
    /// Over the NATS server.
    Nats,
    /// Within one process.
    Memory,
}

impl EventPlane {
    /// Its name in the settings, which is that of its feature where it has one.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Zmq => "zmq",
            Self::Nats => "nats",
            Self::Memory => "memory",
        }
    }
}

impl Config {
    /// The event plane in effect.
    #[must_use]
    pub fn event_plane(&self) -> EventPlane {
        let unset =
            if self.discovery() == DiscoveryBackend::Memory { EventPlane::Memory } else { EventPlane::Zmq };
        self.event_plane.unwrap_or(unset)
    }
}
