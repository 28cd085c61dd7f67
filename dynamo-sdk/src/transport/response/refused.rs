//! Errors of requests that an instance did not accept.

use crate::error::call::kind::CallErrorKind;
use crate::error::transport::TransportError;
use crate::wire::frame::ack::Ack;

/// Converts a rejecting acknowledgement to an error.
pub(crate) fn refused(ack: Ack) -> TransportError {
    match ack {
        Ack::Overloaded(message) => TransportError::new(CallErrorKind::Overloaded { message }),
        Ack::Unavailable(why) | Ack::Refused(why) => TransportError::undelivered(why),
        Ack::Accepted => TransportError::undelivered("it was accepted"),
    }
}
