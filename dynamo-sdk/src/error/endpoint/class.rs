//! The classes of failure and the catalogue of reasons, with their names on the wire
//! (docs/wire/payloads.md#error-object).

use std::fmt;

macro_rules! classes {
    ($($(#[doc = $doc:literal])+ $class:ident => $default:ident,)+) => {
        /// What kind of failure it is, as the caller sees it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorClass {
            $($(#[doc = $doc])+ $class,)+
        }

        impl ErrorClass {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$class,)+];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$class => stringify!($class),)+
                }
            }

        }

        impl Reason {
            /// The reason of an error of which only the class is known.
            #[must_use]
            pub const fn of(class: ErrorClass) -> Self {
                match class {
                    $(ErrorClass::$class => Self::$default,)+
                }
            }
        }
    };
}

classes! {
    /// The request itself is wrong; sending it again does not help.
    InvalidRequest => RequestInvalid,
    /// Who is calling is not known.
    Unauthenticated => RequestUnauthenticated,
    /// The caller may not do this.
    PermissionDenied => RequestPermissionDenied,
    /// What the request names does not exist.
    NotFound => RequestNotFound,
    /// The request contradicts the state of what it names.
    Conflict => RequestConflict,
    /// The request is larger than the endpoint accepts.
    PayloadTooLarge => RequestPayloadTooLarge,
    /// The request is of a kind the endpoint does not read.
    UnsupportedMedia => RequestUnsupportedMedia,
    /// The caller has used up its allowance.
    RateLimited => RequestRateLimited,
    /// There is no room for more work at the moment.
    CapacityExhausted => CapacityExhausted,
    /// The call was cancelled.
    Cancelled => RequestCancelled,
    /// The endpoint, or something it needs, cannot be reached or is going away.
    Unavailable => BackendUnavailable,
    /// Something behind the endpoint answered nonsense.
    BackendProtocol => BackendProtocol,
    /// A time limit ran out.
    DeadlineExceeded => RequestDeadlineExceeded,
    /// The endpoint does not offer this.
    NotImplemented => RuntimeNotImplemented,
    /// A fault of the endpoint.
    Internal => RuntimeInternal,
}

impl ErrorClass {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.as_str() == name)
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! reasons {
    ($($reason:ident = $text:literal of $class:ident,)+) => {
        /// Why exactly, from Dynamo's catalogue. Every reason belongs to one class.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $(
                #[doc = concat!("`", $text, "`, of class [`", stringify!($class), "`](ErrorClass::", stringify!($class), ").")]
                $reason,
            )+
        }

        impl Reason {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$reason,)+];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$reason => $text,)+
                }
            }

            /// The class it belongs to.
            #[must_use]
            pub const fn class(self) -> ErrorClass {
                match self {
                    $(Self::$reason => ErrorClass::$class,)+
                }
            }
        }
    };
}

reasons! {
    RequestInvalid = "request.invalid" of InvalidRequest,
    RequestInvalidArgument = "request.invalid_argument" of InvalidRequest,
    BackendInvalidArgument = "backend.invalid_argument" of InvalidRequest,
    RequestUnauthenticated = "request.unauthenticated" of Unauthenticated,
    RequestPermissionDenied = "request.permission_denied" of PermissionDenied,
    RequestNotFound = "request.not_found" of NotFound,
    RequestConflict = "request.conflict" of Conflict,
    RequestPayloadTooLarge = "request.payload_too_large" of PayloadTooLarge,
    RequestUnsupportedMedia = "request.unsupported_media" of UnsupportedMedia,
    RequestRateLimited = "request.rate_limited" of RateLimited,
    CapacityExhausted = "capacity.exhausted" of CapacityExhausted,
    CapacityPoolExhausted = "capacity.pool_exhausted" of CapacityExhausted,
    CapacityWorkerOverloaded = "capacity.worker_overloaded" of CapacityExhausted,
    RequestCancelled = "request.cancelled" of Cancelled,
    BackendCancelled = "backend.cancelled" of Cancelled,
    BackendUnavailable = "backend.unavailable" of Unavailable,
    BackendWorkerUnavailable = "backend.worker_unavailable" of Unavailable,
    BackendCannotConnect = "backend.cannot_connect" of Unavailable,
    BackendDisconnected = "backend.disconnected" of Unavailable,
    BackendEngineShutdown = "backend.engine_shutdown" of Unavailable,
    BackendStreamIncomplete = "backend.stream_incomplete" of Unavailable,
    TransportCannotConnect = "transport.cannot_connect" of Unavailable,
    TransportDisconnected = "transport.disconnected" of Unavailable,
    BackendProtocol = "backend.protocol" of BackendProtocol,
    RequestDeadlineExceeded = "request.deadline_exceeded" of DeadlineExceeded,
    RouterQueueDeadlineExceeded = "router.queue_deadline_exceeded" of DeadlineExceeded,
    TransportConnectionTimeout = "transport.connection_timeout" of DeadlineExceeded,
    BackendResponseTimeout = "backend.response_timeout" of DeadlineExceeded,
    BackendConnectionTimeout = "backend.connection_timeout" of DeadlineExceeded,
    RuntimeNotImplemented = "runtime.not_implemented" of NotImplemented,
    RuntimeInternal = "runtime.internal" of Internal,
    RuntimeUnclassified = "runtime.unclassified" of Internal,
    RuntimeInvalidError = "runtime.invalid_error" of Internal,
    BackendUnknown = "backend.unknown" of Internal,
}

impl Reason {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == name)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
