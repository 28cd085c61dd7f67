//! What an endpoint tells its caller when it fails.

pub(crate) mod class;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use crate::error::endpoint::class::{ErrorClass, Reason};

/// What an endpoint tells its caller when it fails.
///
/// It crosses the wire, and a Dynamo caller understands it as an error of its own. The message is for the operator of
/// the calling side; what may be shown to an end user is said with [`with_public`](Self::with_public).
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
    // The class is that of the reason, so that the two cannot contradict each other.
    reason: Reason,
    message: String,
    public: Option<PublicDetail>,
    cause: Option<EndpointError>,
    origin: Option<Origin>,
}

/// Which part of a worker made the error, if it was not the handler. Only workers of this SDK say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// The handler panicked.
    Panic,
    /// The worker refused the request before a handler saw it.
    Refused,
}

/// What may be shown to an end user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PublicDetail {
    /// A text.
    Message {
        /// The text.
        message: String,
    },
    /// Something is larger than allowed.
    SizeLimit {
        /// The largest size allowed.
        limit: u64,
        /// The size it has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actual: Option<u64>,
    },
    /// The input does not fit the context of the model.
    ContextLength {
        /// The length of the context.
        limit: u64,
        /// The length that was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actual: Option<u64>,
    },
    /// The caller's allowance.
    RateLimit {
        /// How much there is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u64>,
        /// How much is left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remaining: Option<u64>,
    },
}

impl PublicDetail {
    /// A text.
    #[must_use]
    pub fn message(message: impl Into<String>) -> Self {
        Self::Message { message: message.into() }
    }
}

macro_rules! constructors {
    ($($name:ident => $class:ident,)+) => {
        $(
            #[doc = concat!("An error of class [`", stringify!($class), "`](ErrorClass::", stringify!($class), ").")]
            #[must_use]
            pub fn $name(message: impl fmt::Display) -> Self {
                Self::new(ErrorClass::$class, message)
            }
        )+
    };
}

impl EndpointError {
    /// An error of `class`, with the class's default reason.
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

    /// The handler panicked.
    pub(crate) fn panicked(message: impl fmt::Display) -> Self {
        Self::internal(message).with_origin(Some(Origin::Panic))
    }

    /// The worker refuses a request that no handler has seen, nor will see.
    pub(crate) fn refused(class: ErrorClass, message: impl fmt::Display) -> Self {
        Self::new(class, message).with_origin(Some(Origin::Refused))
    }

    /// The same error for `reason`; the class becomes the one that the reason belongs to.
    #[must_use]
    pub fn with_reason(mut self, reason: Reason) -> Self {
        self.0.reason = reason;
        self
    }

    /// The same error with something that may be shown to an end user.
    #[must_use]
    pub fn with_public(mut self, detail: PublicDetail) -> Self {
        self.0.public = Some(detail);
        self
    }

    /// The same error with the error that led to it.
    #[must_use]
    pub fn caused_by(mut self, cause: Self) -> Self {
        self.0.cause = Some(cause);
        self
    }

    pub(crate) fn with_origin(mut self, origin: Option<Origin>) -> Self {
        self.0.origin = origin;
        self
    }

    /// The same error as a handler's own. What it said about another worker (that its handler panicked, that it never
    /// ran) is not true of the one that passes the error on.
    pub(crate) fn forwarded(self) -> Self {
        self.with_origin(None)
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.0.reason.class()
    }

    /// Why exactly.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// The text, without the class.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What may be shown to an end user.
    #[must_use]
    pub fn public(&self) -> Option<&PublicDetail> {
        self.0.public.as_ref()
    }

    /// The error that led to it.
    #[must_use]
    pub fn cause(&self) -> Option<&Self> {
        self.0.cause.as_ref()
    }

    /// Whether the handler panicked. Known only of workers of this SDK.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.0.origin == Some(Origin::Panic)
    }

    /// Whether no handler has seen the request, nor will see it. Known only of workers of this SDK.
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
