//! Error classes and reasons, with their names on the wire
//! (docs/wire/payloads.md#error-object).

use std::fmt;

macro_rules! classes {
    ($($(#[doc = $doc:literal])+ $class:ident => $default:ident,)+) => {
        /// The class of an [`EndpointError`](crate::EndpointError).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorClass {
            $($(#[doc = $doc])+ $class,)+
        }

        impl ErrorClass {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$class,)+];

            /// Returns the name used on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$class => stringify!($class),)+
                }
            }

        }

        impl Reason {
            /// Returns the default reason of `class`.
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
    /// The request is invalid. A retry fails again.
    InvalidRequest => RequestInvalid,
    /// The caller is not authenticated.
    Unauthenticated => RequestUnauthenticated,
    /// The caller lacks permission.
    PermissionDenied => RequestPermissionDenied,
    /// The requested entity does not exist.
    NotFound => RequestNotFound,
    /// The request conflicts with the state of the entity.
    Conflict => RequestConflict,
    /// The request exceeds the size limit of the endpoint.
    PayloadTooLarge => RequestPayloadTooLarge,
    /// The endpoint does not support the format of the request.
    UnsupportedMedia => RequestUnsupportedMedia,
    /// The caller exceeded its rate limit.
    RateLimited => RequestRateLimited,
    /// The endpoint is at capacity.
    CapacityExhausted => CapacityExhausted,
    /// The call was cancelled.
    Cancelled => RequestCancelled,
    /// The endpoint or one of its dependencies is unreachable or shutting down.
    Unavailable => BackendUnavailable,
    /// A dependency of the endpoint violated its protocol.
    BackendProtocol => BackendProtocol,
    /// A deadline or time limit expired.
    DeadlineExceeded => RequestDeadlineExceeded,
    /// The endpoint does not implement the operation.
    NotImplemented => RuntimeNotImplemented,
    /// An internal error of the endpoint.
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
        /// The reason of an [`EndpointError`](crate::EndpointError), from Dynamo's catalogue. Each belongs to one class.
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

            /// Returns the name used on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$reason => $text,)+
                }
            }

            /// Returns the class that it belongs to.
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
