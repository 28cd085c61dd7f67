//! Conversions between the error types.

use crate::error::call::CallError;
use crate::error::call::kind::CallErrorKind;
use crate::error::chain::chain;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::error::{BoxError, Error, ErrorKind, Repr, Result};

/// Allows `?` on a call inside a handler. An endpoint's error is forwarded; other errors map to the matching class.
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

/// Allows a handler to return [`Result`](crate::error::Result) and to use `?` on runtime operations. A failed call keeps
/// its class; any other error becomes [`ErrorClass::Internal`] with the chain of its sources as message, and without a
/// public detail.
impl From<Error> for EndpointError {
    fn from(error: Error) -> Self {
        match error.into_call() {
            Ok(call) => call.into(),
            Err(error) => Self::internal(chain(&error)),
        }
    }
}

/// Converts a boxed [`EndpointError`], [`CallError`] or [`Error`] as that type. Any other error becomes
/// [`ErrorClass::Internal`] with the chain of its sources as message.
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

/// Allows `?` on a call in a function that returns [`Result`].
impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::new(ErrorKind::Call, "a call failed").with_source(error)
    }
}

/// Allows `?` on the result of a handler in a function that returns [`Result`].
impl From<EndpointError> for Error {
    fn from(error: EndpointError) -> Self {
        Self::new(ErrorKind::Call, "an endpoint failed").with_source(error)
    }
}

impl Error {
    /// Converts into the [`CallError`] that it wraps, or returns `self` if it wraps none.
    fn into_call(self) -> Result<CallError> {
        let Repr { kind: ErrorKind::Call, doing, source: Some(source) } = *self.0 else { return Err(self) };
        match source.downcast::<CallError>() {
            Ok(call) => Ok(*call),
            Err(source) => Err(Self::new(ErrorKind::Call, doing).with_source(source)),
        }
    }
}
