//! What an endpoint tells its caller when it fails.

/// Stub: to be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EndpointError {
    class: ErrorClass,
    message: String,
}

/// Stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "stub")]
pub enum ErrorClass {
    InvalidRequest,
    Unauthenticated,
    PermissionDenied,
    NotFound,
    Conflict,
    PayloadTooLarge,
    UnsupportedMedia,
    RateLimited,
    CapacityExhausted,
    Cancelled,
    Unavailable,
    BackendProtocol,
    DeadlineExceeded,
    NotImplemented,
    Internal,
}
/// Stub.
#[derive(Clone, Copy, Debug)]
pub struct Reason;
/// Stub.
#[derive(Clone, Copy, Debug)]
pub struct PublicDetail;

impl EndpointError {
    /// Stub.
    #[must_use]
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }
    /// Stub.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.class
    }
    /// Stub.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
    pub(crate) fn certainly_did_not_run(&self) -> bool {
        false
    }
}
