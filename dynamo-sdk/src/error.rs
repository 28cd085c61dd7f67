//! The three error types, one per audience.
//!
//! [`Error`] is for the operator of the program, [`CallError`](crate::CallError) for a caller that decides whether to
//! retry, and [`EndpointError`](crate::EndpointError) crosses the wire to the calling process. None of them exposes the
//! type of a dependency.

pub(crate) mod call;
pub(crate) mod cancel;
pub(crate) mod chain;
mod convert;
pub(crate) mod endpoint;
pub(crate) mod metadata;
pub(crate) mod transport;

use std::fmt;

use crate::address::invalid::InvalidName;

pub use crate::error::call::kind::{CallErrorKind, Stage};
pub use crate::error::cancel::CancelCause;
pub use crate::error::endpoint::PublicDetail;
pub use crate::error::endpoint::class::{ErrorClass, Reason};
pub use crate::error::metadata::{MAX_METADATA_BYTES, MAX_METADATA_ENTRIES};

/// Any error, boxed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The result of an operation of the SDK.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an [`Error`], which tells how to react to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Invalid input, such as a name, a setting or an address. A retry fails again.
    Invalid,
    /// A server or peer could not be reached within its time limit.
    Unreachable,
    /// A server rejected the credentials.
    Denied,
    /// The lease was lost, and its records with it.
    LeaseLost,
    /// The identity is already registered.
    Conflict,
    /// The operation exceeded its time limit.
    TimedOut,
    /// The runtime is shutting down.
    ShuttingDown,
    /// The component failed to start: its `#[on_start]` returned an error.
    Component,
    /// A call that the operation depends on failed.
    Call,
    /// An internal fault of the SDK or of a server.
    Internal,
}

/// An error of a runtime operation.
///
/// `Display` prints the operation that failed; its cause is the [`source`](std::error::Error::source).
pub struct Error(Box<Repr>);

struct Repr {
    kind: ErrorKind,
    doing: String,
    source: Option<BoxError>,
}

impl Error {
    /// Creates an error of `kind`. `doing` says what failed, where, and how to fix it.
    #[must_use]
    pub fn new(kind: ErrorKind, doing: impl Into<String>) -> Self {
        Self(Box::new(Repr { kind, doing: doing.into(), source: None }))
    }

    /// Sets the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.doing)
    }
}

/// Prints the whole chain, because a `main` that returns an error prints it with `Debug`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Allows `?` on a name in a function that returns [`Result`].
impl From<InvalidName> for Error {
    fn from(error: InvalidName) -> Self {
        let doing = error.to_string();
        match std::error::Error::source(&error) {
            Some(source) => Self::new(ErrorKind::Invalid, doing).with_source(source.to_string()),
            None => Self::new(ErrorKind::Invalid, doing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::call::CallError;
    use crate::error::endpoint::EndpointError;

    #[test]
    fn display_is_one_level_and_debug_the_chain() {
        let error = Error::new(ErrorKind::Unreachable, "cannot grant a lease")
            .with_source(Error::new(ErrorKind::Internal, "no route").with_source(fmt::Error));
        assert_eq!(error.to_string(), "cannot grant a lease");
        assert!(format!("{error:?}").starts_with("cannot grant a lease: no route: "));
        assert_eq!(error.kind(), ErrorKind::Unreachable);
    }

    #[test]
    fn the_caller_of_a_handler_is_told_what_the_runtime_said() {
        let error = Error::new(ErrorKind::Unreachable, "cannot grant a lease").with_source(fmt::Error);
        let told = EndpointError::from(error);
        assert_eq!(told.class(), ErrorClass::Internal);
        assert!(told.message().starts_with("cannot grant a lease: "), "{told}");
        assert_eq!(told.public(), None, "nothing of it is for an end user");

        let failed = CallError::from(EndpointError::not_found("no model"));
        let told = EndpointError::from(Error::from(failed));
        assert_eq!((told.class(), told.message()), (ErrorClass::NotFound, "no model"));
        let boxed: BoxError = Error::from(CallError::from(EndpointError::conflict("taken"))).into();
        assert_eq!(EndpointError::from(boxed).class(), ErrorClass::Conflict);
        let other = Error::new(ErrorKind::Call, "a call failed").with_source("in another way");
        assert_eq!(EndpointError::from(other).message(), "a call failed: in another way");
    }
}
