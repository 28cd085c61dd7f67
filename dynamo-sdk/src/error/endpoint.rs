//! The error that an endpoint responds with.

pub(crate) mod class;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use crate::error::endpoint::class::{ErrorClass, Reason};

/// The error that an endpoint responds with.
///
/// It crosses the wire in Dynamo's format, so Dynamo callers understand it too. The message is for the operator of the
/// caller; use [`with_public`](Self::with_public) for details that an end user may see.
///
/// ```
/// use dynamo_sdk::EndpointError;
/// use dynamo_sdk::error::ErrorClass;
///
/// let error = EndpointError::not_found("no model named llama");
/// assert_eq!(error.class(), ErrorClass::NotFound);
/// assert_eq!(error.to_string(), "NotFound: no model named llama");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointError(Box<Repr>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Repr {
    // Determines the class, so that the two cannot contradict each other.
    reason: Reason,
    message: String,
    public: Option<PublicDetail>,
    cause: Option<EndpointError>,
    origin: Option<Origin>,
}

/// The part of the worker that created the error, if not the handler. Set by workers of this SDK only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// The handler panicked.
    Panic,
    /// The worker rejected the request before any handler ran.
    Refused,
}

/// Details of an error that an end user may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PublicDetail {
    /// A message.
    Message {
        /// The message.
        message: String,
    },
    /// The input exceeds a size limit.
    SizeLimit {
        /// The maximum size.
        limit: u64,
        /// The actual size.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actual: Option<u64>,
    },
    /// The input exceeds the context length of the model.
    ContextLength {
        /// The context length.
        limit: u64,
        /// The requested length.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actual: Option<u64>,
    },
    /// The caller exceeded its rate limit.
    RateLimit {
        /// The limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u64>,
        /// The remaining quota.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remaining: Option<u64>,
    },
}

impl PublicDetail {
    /// Creates a [`Message`](Self::Message).
    #[must_use]
    pub fn message(message: impl Into<String>) -> Self {
        Self::Message { message: message.into() }
    }
}

macro_rules! constructors {
    ($($name:ident => $class:ident,)+) => {
        $(
            #[doc = concat!("Creates an error of class [`", stringify!($class), "`](ErrorClass::", stringify!($class), ").")]
            #[must_use]
            pub fn $name(message: impl fmt::Display) -> Self {
                Self::new(ErrorClass::$class, message)
            }
        )+
    };
}

impl EndpointError {
    /// Creates an error of `class` with the default reason of that class.
    #[must_use]
    pub fn new(class: ErrorClass, message: impl fmt::Display) -> Self {
        Self(Box::new(Repr {
            reason: Reason::of(class),
            message: message.to_string(),
            public: None,
            cause: None,
            origin: None,
        }))
    }

    constructors! {
        invalid_request => InvalidRequest,
        unauthenticated => Unauthenticated,
        permission_denied => PermissionDenied,
        not_found => NotFound,
        conflict => Conflict,
        payload_too_large => PayloadTooLarge,
        rate_limited => RateLimited,
        overloaded => CapacityExhausted,
        cancelled => Cancelled,
        unavailable => Unavailable,
        deadline_exceeded => DeadlineExceeded,
        not_implemented => NotImplemented,
        internal => Internal,
    }

    /// Creates the error of a handler that panicked.
    pub(crate) fn panicked(message: impl fmt::Display) -> Self {
        Self::internal(message).with_origin(Some(Origin::Panic))
    }

    /// Creates the error of a request that the worker rejects: no handler runs.
    pub(crate) fn refused(class: ErrorClass, message: impl fmt::Display) -> Self {
        Self::new(class, message).with_origin(Some(Origin::Refused))
    }

    /// Sets the reason, and with it the class.
    #[must_use]
    pub fn with_reason(mut self, reason: Reason) -> Self {
        self.0.reason = reason;
        self
    }

    /// Adds a detail that an end user may see.
    #[must_use]
    pub fn with_public(mut self, detail: PublicDetail) -> Self {
        self.0.public = Some(detail);
        self
    }

    /// Sets the cause.
    #[must_use]
    pub fn caused_by(mut self, cause: Self) -> Self {
        self.0.cause = Some(cause);
        self
    }

    pub(crate) fn with_origin(mut self, origin: Option<Origin>) -> Self {
        self.0.origin = origin;
        self
    }

    /// Drops the origin, which describes another worker and not the handler that forwards the error.
    pub(crate) fn forwarded(self) -> Self {
        self.with_origin(None)
    }

    /// Returns the class.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.0.reason.class()
    }

    /// Returns the reason.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// Returns the message, without the class.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the detail that an end user may see, if any.
    #[must_use]
    pub fn public(&self) -> Option<&PublicDetail> {
        self.0.public.as_ref()
    }

    /// Returns the cause, if any.
    #[must_use]
    pub fn cause(&self) -> Option<&Self> {
        self.0.cause.as_ref()
    }

    /// Returns whether the handler panicked. Workers other than this SDK's do not report it.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.0.origin == Some(Origin::Panic)
    }

    /// Returns whether the worker rejected the request without running a handler. Workers other than this SDK's do not
    /// report it.
    pub(crate) fn certainly_did_not_run(&self) -> bool {
        self.0.origin == Some(Origin::Refused)
    }

    pub(crate) fn origin(&self) -> Option<Origin> {
        self.0.origin
    }
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class(), self.0.message)
    }
}

impl fmt::Debug for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointError")
            .field("class", &self.class())
            .field("reason", &self.0.reason)
            .field("message", &self.0.message)
            .field("public", &self.0.public)
            .field("cause", &self.0.cause)
            .field("origin", &self.0.origin)
            .finish()
    }
}

impl std::error::Error for EndpointError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().map(|cause| cause as _)
    }
}

impl From<Infallible> for EndpointError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
