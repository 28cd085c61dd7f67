//! The three kinds of error, one for each reader.
//!
//! [`Error`] is read by who operates the program, [`CallError`](crate::CallError) by a caller that decides whether to try again, and
//! [`EndpointError`](crate::EndpointError) crosses the wire to the process on the other side. None of them shows the type of a dependency.

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

/// The result of the SDK's own operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What to do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was asked for is wrong: a name, a setting, an address. Trying again does not help.
    Invalid,
    /// A server or peer could not be reached within its limit.
    Unreachable,
    /// A server refused our credentials.
    Denied,
    /// The lease is gone, and the records with it.
    LeaseLost,
    /// The identity is registered already.
    Conflict,
    /// It did not happen within its time limit.
    TimedOut,
    /// The runtime is shutting down.
    ShuttingDown,
    /// The component itself does not want to be served: its `#[on_start]` failed.
    Component,
    /// A call that the operation depends on failed.
    Call,
    /// A fault of the SDK or of a server.
    Internal,
}

/// Why the runtime could not do what was asked of it.
///
/// `Display` says what was being done; the cause is in [`source`](std::error::Error::source).
pub struct Error(Box<Repr>);

struct Repr {
    kind: ErrorKind,
    doing: String,
    source: Option<BoxError>,
}

impl Error {
    /// An error of `kind`; `doing` says what failed, where, and what to do about it.
    #[must_use]
    pub fn new(kind: ErrorKind, doing: impl Into<String>) -> Self {
        Self(Box::new(Repr { kind, doing: doing.into(), source: None }))
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What to do about it.
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

/// Prints the whole chain, because this is what a `main` that returns an error shows.
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

/// Makes `?` work on a name in a function that returns [`Result`].
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
