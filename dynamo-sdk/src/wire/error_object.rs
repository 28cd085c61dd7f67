//! The error object on the wire, and how it maps to [`EndpointError`] (docs/wire/payloads.md#error-object).

#[cfg(test)]
#[cfg(feature = "_network")]
mod table_tests;
#[cfg(test)]
mod tests;
#[cfg(feature = "_network")]
mod typed;

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::endpoint::class::{ErrorClass, Reason};
use crate::error::endpoint::{EndpointError, Origin, PublicDetail};

/// Maximum message length, in bytes.
const MAX_MESSAGE: usize = 4096;
const CUT: &str = "...[truncated]";

/// Maximum number of causes written, because readers limit nesting depth.
const MAX_CAUSES: usize = 32;

/// An error as serialized, with fields in Dynamo's order. Readers treat every field as optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ErrorObject {
    /// The error kind by its legacy name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_type: Option<Lenient<KindName>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<Lenient<KindName>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Lenient<Cow<'static, str>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Repeats the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    diagnostic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public: Option<Lenient<PublicDetail>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caused_by: Option<Box<Self>>,
    /// SDK extension; other implementations ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dynamo_sdk: Option<Lenient<Extension>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Extension {
    origin: Origin,
}

/// Accepts any value in place of `T`, so that one malformed field does not invalidate the whole object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lenient<T> {
    Valid(T),
    Other,
}

impl<T> Lenient<T> {
    pub(super) fn valid(self) -> Option<T> {
        match self {
            Self::Valid(value) => Some(value),
            Self::Other => None,
        }
    }
}

impl<T: Serialize> Serialize for Lenient<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Valid(value) => value.serialize(serializer),
            Self::Other => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either<T> {
            Valid(T),
            Other(IgnoredAny),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Valid(value) => Self::Valid(value),
            Either::Other(_) => Self::Other,
        })
    }
}

/// The name of an error kind: a class, or a legacy name from before classes existed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum KindName {
    Plain(Cow<'static, str>),
    Backend {
        #[serde(rename = "Backend")]
        name: Cow<'static, str>,
    },
}

impl KindName {
    const fn plain(name: &'static str) -> Self {
        Self::Plain(Cow::Borrowed(name))
    }

    const fn backend(name: &'static str) -> Self {
        Self::Backend { name: Cow::Borrowed(name) }
    }

    /// Returns the reason implied by this kind if none is given; its class is the class of the kind. `None` if
    /// the name is unknown.
    fn default_reason(&self) -> Option<Reason> {
        Some(match self {
            Self::Plain(name) => match &**name {
                "InvalidArgument" => Reason::RequestInvalidArgument,
                "CannotConnect" => Reason::TransportCannotConnect,
                "Disconnected" => Reason::TransportDisconnected,
                "ConnectionTimeout" => Reason::TransportConnectionTimeout,
                "ResponseTimeout" => Reason::BackendResponseTimeout,
                "ResourceExhausted" => Reason::CapacityPoolExhausted,
                "WorkerOverloaded" => Reason::CapacityWorkerOverloaded,
                "WorkerUnavailable" => Reason::BackendWorkerUnavailable,
                "Unknown" => Reason::RuntimeUnclassified,
                class => Reason::of(ErrorClass::parse(class)?),
            },
            Self::Backend { name } => match &**name {
                "Unknown" => Reason::BackendUnknown,
                "InvalidArgument" => Reason::BackendInvalidArgument,
                "CannotConnect" => Reason::BackendCannotConnect,
                "Disconnected" => Reason::BackendDisconnected,
                "ConnectionTimeout" => Reason::BackendConnectionTimeout,
                "ResponseTimeout" => Reason::BackendResponseTimeout,
                "Cancelled" => Reason::BackendCancelled,
                "EngineShutdown" => Reason::BackendEngineShutdown,
                "StreamIncomplete" => Reason::BackendStreamIncomplete,
                _ => return None,
            },
        })
    }

    /// Returns the legacy name that Dynamo writes for a reason.
    fn of(reason: Reason) -> Self {
        match reason {
            Reason::BackendUnknown => Self::backend("Unknown"),
            Reason::BackendInvalidArgument => Self::backend("InvalidArgument"),
            Reason::BackendCannotConnect => Self::backend("CannotConnect"),
            Reason::BackendDisconnected => Self::backend("Disconnected"),
            Reason::BackendConnectionTimeout => Self::backend("ConnectionTimeout"),
            Reason::BackendCancelled => Self::backend("Cancelled"),
            Reason::BackendEngineShutdown => Self::backend("EngineShutdown"),
            Reason::BackendStreamIncomplete => Self::backend("StreamIncomplete"),
            Reason::BackendWorkerUnavailable => Self::plain("WorkerUnavailable"),
            Reason::TransportCannotConnect => Self::plain("CannotConnect"),
            Reason::TransportDisconnected => Self::plain("Disconnected"),
            Reason::TransportConnectionTimeout => Self::plain("ConnectionTimeout"),
            Reason::BackendResponseTimeout => Self::plain("ResponseTimeout"),
            _ => Self::plain(match reason.class() {
                ErrorClass::InvalidRequest | ErrorClass::PayloadTooLarge | ErrorClass::UnsupportedMedia => {
                    "InvalidArgument"
                }
                ErrorClass::RateLimited | ErrorClass::CapacityExhausted => "ResourceExhausted",
                ErrorClass::Cancelled => "Cancelled",
                ErrorClass::Unavailable => "Unavailable",
                // Dynamo writes `ResponseTimeout` here. A Dynamo caller would take that name for its own
                // verdict and remove a worker that did answer from rotation. The class name is no
                // alternative, because callers before 1.6 cannot parse it.
                ErrorClass::DeadlineExceeded
                | ErrorClass::Unauthenticated
                | ErrorClass::PermissionDenied
                | ErrorClass::NotFound
                | ErrorClass::Conflict
                | ErrorClass::BackendProtocol
                | ErrorClass::NotImplemented
                | ErrorClass::Internal => "Unknown",
            }),
        }
    }
}

/// Truncates the text to the length that readers accept.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_MESSAGE {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(MAX_MESSAGE - CUT.len());
    Cow::Owned(format!("{}{CUT}", &text[..end]))
}

impl ErrorObject {
    fn written(error: &EndpointError, causes: usize) -> Self {
        let message = cut(error.message()).into_owned();
        Self {
            error_type: Some(Lenient::Valid(KindName::of(error.reason()))),
            class: Some(Lenient::Valid(KindName::plain(error.class().as_str()))),
            reason: Some(Lenient::Valid(Cow::Borrowed(error.reason().as_str()))),
            message: Some(message.clone()),
            diagnostic: Some(message),
            public: error.public().cloned().map(Lenient::Valid),
            caused_by: error
                .cause()
                .filter(|_| causes > 0)
                .map(|cause| Box::new(Self::written(cause, causes - 1))),
            dynamo_sdk: error.origin().map(|origin| Lenient::Valid(Extension { origin })),
        }
    }

    /// Resolves the reason by the readers' rules. `None` if the object contradicts itself or uses
    /// unknown names.
    fn resolve(&self) -> Option<Reason> {
        let legacy = self.error_type.as_ref();
        let default = match self.class.as_ref().or(legacy) {
            Some(kind) => reason_of(kind)?,
            None => Reason::of(ErrorClass::Internal),
        };
        match &self.reason {
            Some(Lenient::Valid(name)) => {
                Reason::parse(name).filter(|reason| reason.class() == default.class())
            }
            Some(Lenient::Other) => None,
            // The legacy name is often the more precise one.
            None => {
                let finer = legacy.and_then(reason_of).filter(|finer| finer.class() == default.class());
                Some(finer.unwrap_or(default))
            }
        }
    }
}

fn reason_of(name: &Lenient<KindName>) -> Option<Reason> {
    match name {
        Lenient::Valid(name) => name.default_reason(),
        Lenient::Other => None,
    }
}

// `EndpointError` deliberately does not implement serde's traits. A response of type `Result<T,
// EndpointError>`, which an alias can hide from the macros, would otherwise look like a success to
// everything but the caller.
impl From<&EndpointError> for ErrorObject {
    fn from(error: &EndpointError) -> Self {
        Self::written(error, MAX_CAUSES)
    }
}

impl From<ErrorObject> for EndpointError {
    fn from(object: ErrorObject) -> Self {
        let reason = object.resolve();
        let message = object.message.or(object.diagnostic).unwrap_or_default();
        let mut error = Self::internal(message).with_reason(reason.unwrap_or(Reason::RuntimeInvalidError));
        // The public detail was written for the object's own class, not for the class that an invalid
        // object falls back to.
        if let Some(detail) = object.public.and_then(Lenient::valid).filter(|_| reason.is_some()) {
            error = error.with_public(detail);
        }
        if let Some(cause) = object.caused_by {
            error = error.caused_by((*cause).into());
        }
        let extension = object.dynamo_sdk.and_then(Lenient::valid);
        error.with_origin(extension.map(|extension| extension.origin))
    }
}
