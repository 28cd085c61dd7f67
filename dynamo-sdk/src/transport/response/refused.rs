//! Errors of requests that an instance did not accept.

use crate::error::BoxError;
use crate::error::call::CallError;
use crate::wire::frame::ack::Ack;
use crate::wire::instance::Instance;

/// Converts a rejecting acknowledgement to an error.
pub(crate) fn refused(target: &Instance, ack: Ack) -> CallError {
    match ack {
        Ack::Overloaded(message) => {
            CallError::Overloaded { endpoint: target.endpoint.clone(), instance: target.id, message }
        }
        Ack::Unavailable(why) | Ack::Refused(why) => undelivered(target, why),
        Ack::Accepted => undelivered(target, "it was accepted"),
    }
}

/// Returns the error for a request that reached no handler.
pub(crate) fn undelivered(target: &Instance, source: impl Into<BoxError>) -> CallError {
    CallError::NotDelivered { endpoint: target.endpoint.clone(), instance: target.id, source: source.into() }
}
