//! Settings of the event plane.

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::rules::not_zero;
use crate::config::value::Value;
use crate::error::Result;

/// The transport of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventPlane {
    /// ZMQ in direct mode: subscribers connect to the socket of each publisher, found through discovery.
    Zmq,
    /// The NATS server.
    Nats,
    /// The memory of one process.
    Memory,
}

impl EventPlane {
    /// Returns its name in the settings; also the name of its feature, if it has one.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Zmq => "zmq",
            Self::Nats => "nats",
            Self::Memory => "memory",
        }
    }
}

impl Value for EventPlane {
    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "zmq" => Ok(Self::Zmq),
            "nats" => Ok(Self::Nats),
            "mem" | "memory" => Ok(Self::Memory),
            _ => Err("zmq, nats or memory".to_owned()),
        }
    }
    fn show(&self) -> String {
        self.name().to_owned()
    }
}

settings! {
    /// Settings of the event plane.
    EventSettings {
        /// Event plane: `zmq`, `nats` or `memory`. Unset: memory with memory discovery, else zmq, which needs
        /// no server and is what Dynamo processes use.
        event_plane: Option<EventPlane> = None, "DYN_EVENT_PLANE";
        /// Address or interface that ZMQ publishers advertise; they listen on all addresses. Unset: as for
        /// the request port, and they listen on that address only.
        event_plane_host: Option<String> = None, "DYN_EVENT_PLANE_HOST";
        /// Maximum events queued in a subscription on any event plane, and for one subscriber of a ZMQ
        /// publisher. A full queue drops and counts its oldest events. One queue holds at most 64 MiB.
        event_queue: usize = 100_000, "DYN_ZMQ_EVENT_SUBSCRIBER_CHANNEL_CAPACITY";
        /// Maximum event size in bytes, for publishers and subscribers.
        max_event_size: usize = 33_554_432, "DYN_SDK_MAX_EVENT_SIZE";
    }
}

impl EventSettings {
    /// Rejects zero for settings that must be positive.
    pub(super) fn check(&self) -> Result<()> {
        not_zero("DYN_SDK_MAX_EVENT_SIZE", self.max_event_size)?;
        not_zero("DYN_ZMQ_EVENT_SUBSCRIBER_CHANNEL_CAPACITY", self.event_queue)
    }
}
