//! Why a call brought no response, or not all of it.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::address::ids::{EndpointId, InstanceId};
use crate::error::BoxError;
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
    fn what(self) -> &'static str {
        match self {
            Self::Connect => "no connection",
            Self::Acknowledge => "no acknowledgement",
            Self::FirstItem => "no first item",
            Self::NextItem => "no further item",
            Self::Deadline => "no end",
        }
    }
}

/// Why a call brought no response, or not all of it.
///
/// The variants are chosen by what a caller does next; [`is_safe_to_retry`](Self::is_safe_to_retry) tells whether the
/// endpoint certainly did not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// Nobody serves the endpoint, and nobody came within the waiting time.
    #[error("no instance of {endpoint} appeared within {waited:?}")]
    NoInstances {
        /// What was called.
        endpoint: EndpointId,
        /// How long the call waited for an instance.
        waited: Duration,
    },
    /// The request did not reach a handler.
    #[error("the request for {endpoint} was not delivered to instance {instance}")]
    NotDelivered {
        /// What was called.
        endpoint: EndpointId,
        /// Whom the request was sent to.
        instance: InstanceId,
        /// What went wrong on the way.
        source: BoxError,
    },
    /// The instance has as much work as it accepts and refused this call.
    #[error("instance {instance} of {endpoint} is overloaded: {message}")]
    Overloaded {
        /// What was called.
        endpoint: EndpointId,
        /// Who refused.
        instance: InstanceId,
        /// What it said.
        message: String,
    },
    /// A limit ran out.
    #[error("{} from instance {instance} of {endpoint} within {limit:?}", .stage.what())]
    TimedOut {
        /// What was called.
        endpoint: EndpointId,
        /// Who was silent.
        instance: InstanceId,
        /// Which limit it was.
        stage: Stage,
        /// The limit.
        limit: Duration,
    },
    /// The connection to the instance ended before the response did; the handler may have run.
    #[error("instance {instance} of {endpoint} was lost {}", if *.items == 0 { "before its first item".to_owned() } else { format!("after {} items", .items) })]
    ConnectionLost {
        /// What was called.
        endpoint: EndpointId,
        /// Who was lost.
        instance: InstanceId,
        /// How many items had arrived.
        items: u64,
        /// How it was noticed.
        source: BoxError,
    },
    /// The endpoint itself answered with an error.
    #[error("the endpoint failed")]
    Endpoint(#[source] EndpointError),
    /// The request is larger than the way to the instance allows; nothing was sent.
    #[error("the request of {size} bytes exceeds the limit of {limit} bytes of the {plane} plane")]
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
    #[error(
        "the call of {endpoint} has {entries} entries of metadata with {bytes} bytes; at most {} and {} are allowed",
        crate::error::metadata::MAX_METADATA_ENTRIES,
        crate::error::metadata::MAX_METADATA_BYTES
    )]
    MetadataTooLarge {
        /// What was called.
        endpoint: EndpointId,
        /// How many entries there are.
        entries: usize,
        /// The bytes of all keys and values.
        bytes: usize,
    },
    /// The request could not be encoded; nothing was sent.
    #[error("the request for {endpoint} cannot be encoded")]
    Encode {
        /// What was called.
        endpoint: EndpointId,
        /// What the encoder said.
        source: BoxError,
    },
    /// An item arrived that is not what this client expects.
    #[error("item {item} of {endpoint} cannot be decoded as {expected}")]
    Decode {
        /// What was called.
        endpoint: EndpointId,
        /// The number of the item, from 0.
        item: u64,
        /// The Rust type that was expected.
        expected: &'static str,
        /// What the decoder said.
        source: BoxError,
    },
    /// The stream of requests broke off before its end, or one of the requests could not be decoded. A handler finds it at
    /// the end of its [`RequestStream`](crate::engine::requests::RequestStream).
    #[error("the stream of requests broke at item {item}")]
    Input {
        /// The number of the request, from 0.
        item: u64,
        /// How it broke.
        source: BoxError,
    },
    /// The instance sent something that the protocol does not allow.
    #[error("instance {instance} of {endpoint} broke the protocol: {what}")]
    Protocol {
        /// What was called.
        endpoint: EndpointId,
        /// Who sent it.
        instance: InstanceId,
        /// What it sent.
        what: String,
    },
    /// The instance is registered for a transport that this process does not speak.
    #[error("instance {instance} of {endpoint} is reached over {theirs}, this process speaks {ours}")]
    IncompatibleTransport {
        /// What was called.
        endpoint: EndpointId,
        /// Whose record it is.
        instance: InstanceId,
        /// The transport of the record.
        theirs: &'static str,
        /// What this process speaks.
        ours: &'static str,
    },
    /// The call was stopped or killed by its own side: its context, or the context it inherited from.
    #[error("the call of {endpoint} was cancelled: {cause}")]
    Cancelled {
        /// What was called.
        endpoint: EndpointId,
        /// Why.
        cause: crate::error::cancel::CancelCause,
    },
    /// What this process's own settings or state forbid: no such plane, an invalid option, a runtime that is shut down.
    #[error("the call of {endpoint} could not be made")]
    InvalidCall {
        /// What was called.
        endpoint: EndpointId,
        /// Why.
        source: BoxError,
    },
}

impl CallError {
    /// Whether the endpoint certainly did not run, so that the same call may be sent to another instance.
    #[must_use]
    pub fn is_safe_to_retry(&self) -> bool {
        match self {
            Self::NoInstances { .. } | Self::NotDelivered { .. } | Self::Overloaded { .. } => true,
            Self::TimedOut { stage, .. } => matches!(stage, Stage::Connect),
            Self::Endpoint(error) => error.certainly_did_not_run(),
            _ => false,
        }
    }

    /// The error of the endpoint, if that is what this is.
    #[must_use]
    pub fn endpoint_error(&self) -> Option<&EndpointError> {
        match self {
            Self::Endpoint(error) => Some(error),
            _ => None,
        }
    }
}
