//! Conversions between the three kinds of error.

use crate::error::call::CallError;
use crate::error::call::kind::CallErrorKind;
use crate::error::chain::chain;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::error::{BoxError, Error, ErrorKind, Repr, Result};

/// What a handler that calls another endpoint tells its own caller, unless it decides otherwise.
impl From<CallError> for EndpointError {
    fn from(error: CallError) -> Self {
        let error = match error.into_endpoint_error() {
            Ok(error) => return error.forwarded(),
            Err(error) => error,
        };
        let class = match error.kind() {
            CallErrorKind::TimedOut { .. } => ErrorClass::DeadlineExceeded,
            CallErrorKind::Overloaded { .. } => ErrorClass::CapacityExhausted,
            CallErrorKind::PayloadTooLarge { .. } | CallErrorKind::MetadataTooLarge { .. } => {
                ErrorClass::PayloadTooLarge
            }
            CallErrorKind::Decode { .. } | CallErrorKind::Protocol { .. } => ErrorClass::BackendProtocol,
            CallErrorKind::Input { .. } => ErrorClass::InvalidRequest,
            CallErrorKind::Encode => ErrorClass::Internal,
            CallErrorKind::Cancelled { .. } => ErrorClass::Cancelled,
            _ => ErrorClass::Unavailable,
        };
        Self::new(class, chain(&error))
    }
}

/// So that a handler may return [`Result`](crate::error::Result) and use `?` on what the runtime does. A call that failed keeps
/// its class; anything else is [`ErrorClass::Internal`], with the chain of its sources for the operator of the caller and
/// nothing for an end user.
impl From<Error> for EndpointError {
    fn from(error: Error) -> Self {
        match error.into_call() {
            Ok(call) => call.into(),
            Err(error) => Self::internal(chain(&error)),
        }
    }
}

/// An [`EndpointError`], a [`CallError`] or an [`Error`] in the box is converted as such; any other error is
/// [`ErrorClass::Internal`], and its message is the chain of its sources.
impl From<BoxError> for EndpointError {
    fn from(error: BoxError) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(error) => return *error,
            Err(error) => error,
        };
        let error = match error.downcast::<CallError>() {
            Ok(error) => return (*error).into(),
            Err(error) => error,
        };
        match error.downcast::<Error>() {
            Ok(error) => (*error).into(),
            Err(error) => Self::internal(chain(&*error)),
        }
    }
}

/// So that `?` works on a call in a function that returns [`Result`].
impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::new(ErrorKind::Call, "a call failed").with_source(error)
    }
}

/// So that `?` works on what a handler returns in a function that returns [`Result`].
impl From<EndpointError> for Error {
    fn from(error: EndpointError) -> Self {
        Self::new(ErrorKind::Call, "an endpoint failed").with_source(error)
    }
}

impl Error {
    /// The call that failed, if that is all there is.
    fn into_call(self) -> Result<CallError> {
        let Repr { kind: ErrorKind::Call, doing, source: Some(source) } = *self.0 else { return Err(self) };
        match source.downcast::<CallError>() {
            Ok(call) => Ok(*call),
            Err(source) => Err(Self::new(ErrorKind::Call, doing).with_source(source)),
        }
    }
}
