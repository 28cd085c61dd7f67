//! The error object on the wire, and the rules by which it becomes an [`EndpointError`] (WIRE 4.4).

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

/// The longest message, in bytes.
const MAX_MESSAGE: usize = 4096;
const CUT: &str = "...[truncated]";

/// How many causes are written. Readers limit the nesting of a value.
const MAX_CAUSES: usize = 32;

/// An error as it is written, field by field in Dynamo's order. All of it is optional to a reader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ErrorObject {
    /// The kind by its old name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_type: Option<Lenient<KindName>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<Lenient<KindName>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Lenient<Cow<'static, str>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The message once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    diagnostic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public: Option<Lenient<PublicDetail>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caused_by: Option<Box<Self>>,
    /// Ours: readers of other makes ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dynamo_sdk: Option<Lenient<Extension>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Extension {
    origin: Origin,
}

/// A value, or something else in its place, which does not make the object around it unreadable.
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

/// The name of a kind of error: a class, or one of the names before there were classes.
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

    /// The reason it stands for when none is given; its class is the class of the kind. `None` if it is not known.
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

    /// The old name that Dynamo writes for a reason.
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
                // Not `ResponseTimeout`, as Dynamo has it: with that name, a Dynamo caller takes a worker that has
                // answered out of rotation, because it takes the answer for its own verdict on the worker. Nor the name
                // of the class, which callers before 1.6 cannot read.
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

/// The text, cut to what a reader accepts.
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

    /// The reason by the rules for readers; `None` if the object contradicts itself or names what is not known.
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
            // The old name is often the more precise one.
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

// `EndpointError` is no serde data itself. A response of type `Result<T, EndpointError>`, which an alias may hide from the
// macros, would be an error that looks like a success to all but its caller.
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
        // What may be shown to a user was chosen for another class than the one that is left of an invalid object.
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
