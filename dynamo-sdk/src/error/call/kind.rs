//! The kinds of call error.

use std::time::Duration;

use crate::address::ids::InstanceId;
use crate::address::names::EndpointName;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;

/// The time limits of a call.
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
    /// Describes what did not arrive in time.
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

/// Why a call failed. The variants differ in how a caller reacts to them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// No instance serves the endpoint, and none appeared within the wait time.
    NoInstances {
        /// How long the call waited for an instance.
        waited: Duration,
        /// The store that was watched for one.
        store: String,
    },
    /// No instance serves the endpoint, but other endpoints of its component are served: the name may be wrong.
    NoSuchEndpoint {
        /// The endpoints of the component that are served.
        served: Vec<EndpointName>,
    },
    /// The requested instance does not serve the endpoint, but others do.
    NoSuchInstance {
        /// The instances that serve it.
        known: Vec<InstanceId>,
    },
    /// The request did not reach a handler.
    NotDelivered,
    /// The instance is at capacity and rejected the call.
    Overloaded {
        /// The message of the instance.
        message: String,
    },
    /// A time limit expired.
    TimedOut {
        /// Which one.
        stage: Stage,
        /// The limit.
        limit: Duration,
    },
    /// The connection to the instance was lost before the end of the response. The handler may have run.
    ConnectionLost,
    /// The endpoint responded with an error.
    Endpoint(EndpointError),
    /// The request exceeds the size limit of the request plane. Nothing was sent.
    PayloadTooLarge {
        /// The encoded size, in bytes.
        size: usize,
        /// The limit, in bytes.
        limit: usize,
        /// The request plane that it applies to.
        plane: &'static str,
    },
    /// The metadata of the call, inherited entries included, exceeds
    /// [`MAX_METADATA_ENTRIES`](crate::error::metadata::MAX_METADATA_ENTRIES) or
    /// [`MAX_METADATA_BYTES`](crate::error::metadata::MAX_METADATA_BYTES). Nothing was sent.
    MetadataTooLarge {
        /// The number of entries.
        entries: usize,
        /// The total size of keys and values, in bytes.
        bytes: usize,
    },
    /// The request could not be encoded. Nothing was sent.
    Encode,
    /// An item could not be decoded as the expected type.
    Decode {
        /// The index of the item, starting at 0.
        item: u64,
        /// The expected Rust type.
        expected: &'static str,
    },
    /// The request stream was cut off, or a request could not be decoded. A handler receives this as the last item of its
    /// [`RequestStream`](crate::engine::requests::RequestStream).
    Input {
        /// The index of the request, starting at 0.
        item: u64,
    },
    /// The instance violated the protocol.
    Protocol {
        /// The violation.
        what: String,
    },
    /// The instance is registered for a transport that this process does not use.
    IncompatibleTransport {
        /// The transport of the instance.
        theirs: String,
        /// The transport of this process.
        ours: &'static str,
    },
    /// The caller's side stopped or killed the call, through its context or one that this inherits from.
    Cancelled {
        /// The cause.
        cause: CancelCause,
    },
    /// The call is invalid for this process: the plane is missing, an option is invalid, or the runtime has shut down.
    InvalidCall,
}
