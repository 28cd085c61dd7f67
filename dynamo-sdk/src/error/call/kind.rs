//! What can happen to a call.

use std::time::Duration;

use crate::address::ids::InstanceId;
use crate::address::names::EndpointName;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;

/// Which limit of a call ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Opening a connection to the instance.
    Connect,
    /// Waiting for the instance to acknowledge the request.
    Acknowledge,
    /// Waiting for the handler to start and send its first item.
    FirstItem,
    /// Waiting for the next item.
    NextItem,
    /// The deadline of the whole call.
    Deadline,
}

impl Stage {
    /// What did not come in time.
    pub(super) fn missing(self) -> &'static str {
        match self {
            Self::Connect => "no connection",
            Self::Acknowledge => "no acknowledgement",
            Self::FirstItem => "no first item",
            Self::NextItem => "no further item",
            Self::Deadline => "no end",
        }
    }
}

/// What happened to a call that failed. The variants are chosen by what a caller does next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// Nobody serves the endpoint, and nobody came within the waiting time.
    NoInstances {
        /// How long the call waited for an instance.
        waited: Duration,
        /// The store that was watched for one.
        store: String,
    },
    /// Nobody serves the endpoint, although other endpoints of its component are served: it may have another name.
    NoSuchEndpoint {
        /// The endpoints of the component that are served.
        served: Vec<EndpointName>,
    },
    /// The call asked for an instance that does not serve the endpoint, although others do.
    NoSuchInstance {
        /// The instances that do.
        known: Vec<InstanceId>,
    },
    /// The request did not reach a handler.
    NotDelivered,
    /// The instance has as much work as it accepts and refused this call.
    Overloaded {
        /// What it said.
        message: String,
    },
    /// A limit ran out.
    TimedOut {
        /// Which limit it was.
        stage: Stage,
        /// The limit.
        limit: Duration,
    },
    /// The connection to the instance ended before the response did; the handler may have run.
    ConnectionLost,
    /// The endpoint itself answered with an error.
    Endpoint(EndpointError),
    /// The request is larger than the way to the instance allows; nothing was sent.
    PayloadTooLarge {
        /// The encoded size, in bytes.
        size: usize,
        /// The limit, in bytes.
        limit: usize,
        /// The plane it applies to.
        plane: &'static str,
    },
    /// The call carries more metadata than [`MAX_METADATA_ENTRIES`](crate::error::metadata::MAX_METADATA_ENTRIES) or
    /// [`MAX_METADATA_BYTES`](crate::error::metadata::MAX_METADATA_BYTES), counting what it inherits; nothing was sent.
    MetadataTooLarge {
        /// How many entries there are.
        entries: usize,
        /// The bytes of all keys and values.
        bytes: usize,
    },
    /// The request could not be encoded; nothing was sent.
    Encode,
    /// An item arrived that is not what this client expects.
    Decode {
        /// The number of the item, from 0.
        item: u64,
        /// The Rust type that was expected.
        expected: &'static str,
    },
    /// The stream of requests broke off before its end, or one of the requests could not be decoded. A handler finds it at
    /// the end of its [`RequestStream`](crate::engine::requests::RequestStream).
    Input {
        /// The number of the request, from 0.
        item: u64,
    },
    /// The instance sent something that the protocol does not allow.
    Protocol {
        /// What it sent.
        what: String,
    },
    /// The instance is registered for a transport that this process does not speak.
    IncompatibleTransport {
        /// The transport of the record.
        theirs: String,
        /// What this process speaks.
        ours: &'static str,
    },
    /// The call was stopped or killed by its own side: its context, or the context it inherited from.
    Cancelled {
        /// Why.
        cause: CancelCause,
    },
    /// What this process's own settings or state forbid: no such plane, an invalid option, a runtime that is shut down.
    InvalidCall,
}
