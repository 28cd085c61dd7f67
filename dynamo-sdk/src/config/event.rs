//! Settings of the event plane.

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::rules::not_zero;
use crate::config::value::Value;
use crate::error::Result;

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
        /// How events travel: `zmq`, `nats` or `memory`. Unset: memory with memory discovery, else zmq, which
        /// is what Dynamo processes use, and needs no server.
        event_plane: Option<EventPlane> = None, "DYN_EVENT_PLANE";
        /// Address or interface that publishers of events are reached at over ZMQ; they then listen on all
        /// addresses. Unset: as for the request port, and they listen there only.
        event_plane_host: Option<String> = None, "DYN_EVENT_PLANE_HOST";
        /// Most events that wait to be read by a subscriber on any event plane, and over ZMQ to be sent to
        /// one; then the oldest are dropped and counted. No more than 64 MiB wait in one queue.
        event_queue: usize = 100_000, "DYN_ZMQ_EVENT_SUBSCRIBER_CHANNEL_CAPACITY";
        /// Largest event in bytes, on either side.
        max_event_size: usize = 33_554_432, "DYN_SDK_MAX_EVENT_SIZE";
    }
}

impl EventSettings {
    /// Checks the values that must not be zero.
    pub(super) fn check(&self) -> Result<()> {
        not_zero("DYN_SDK_MAX_EVENT_SIZE", self.max_event_size)?;
        not_zero("DYN_ZMQ_EVENT_SUBSCRIBER_CHANNEL_CAPACITY", self.event_queue)
    }
}
