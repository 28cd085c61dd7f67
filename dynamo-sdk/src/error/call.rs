//! The error of a failed call.

pub(crate) mod kind;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use crate::address::ids::{EndpointId, InstanceId};
use crate::error::BoxError;
use crate::error::call::kind::{CallErrorKind, Stage};
use crate::error::endpoint::EndpointError;
use crate::error::transport::TransportError;

/// The error of a call that received no response, or only part of it.
///
/// [`kind`](Self::kind) returns what failed, [`is_safe_to_retry`](Self::is_safe_to_retry) whether the endpoint is known
/// not to have run, and [`endpoint`](Self::endpoint), [`instance`](Self::instance) and [`items`](Self::items) how far the
/// call got. The cause is the [`source`](std::error::Error::source).
///
/// ```
/// use dynamo_sdk::error::CallErrorKind;
/// use dynamo_sdk::{CallError, EndpointError};
///
/// fn status(error: &CallError) -> u16 {
///     match error.kind() {
///         CallErrorKind::NoInstances { .. } | CallErrorKind::Overloaded { .. } => 503,
///         CallErrorKind::TimedOut { .. } => 504,
///         CallErrorKind::Endpoint(error) if error.class() == dynamo_sdk::error::ErrorClass::NotFound => 404,
///         _ => 500,
///     }
/// }
/// assert_eq!(status(&EndpointError::not_found("no such model").into()), 404);
/// ```
pub struct CallError(Box<Repr>);

struct Repr {
    error: TransportError,
    endpoint: Option<EndpointId>,
    instance: Option<InstanceId>,
    items: u64,
}

impl CallError {
    /// Creates an error of `kind` without an endpoint, for engines and test doubles.
    #[must_use]
    pub fn new(kind: CallErrorKind) -> Self {
        Self::from(TransportError::new(kind))
    }

    /// Sets the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.error.source = Some(source.into());
        self
    }

    /// Sets the endpoint of the call.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: EndpointId) -> Self {
        self.0.endpoint = Some(endpoint);
        self
    }

    /// Sets the instance that the call was sent to.
    #[must_use]
    pub fn with_instance(mut self, instance: InstanceId) -> Self {
        self.0.instance = Some(instance);
        self
    }

    /// Sets how many items of the response were received before the error.
    #[must_use]
    pub fn with_items(mut self, items: u64) -> Self {
        self.0.items = items;
        self
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> &CallErrorKind {
        &self.0.error.kind
    }

    /// Returns the endpoint of the call, or `None` if the error arose within this process.
    #[must_use]
    pub fn endpoint(&self) -> Option<&EndpointId> {
        self.0.endpoint.as_ref()
    }

    /// Returns the instance that the call was sent to, or `None` if it was not sent.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        self.0.instance
    }

    /// Returns how many items of the response were received before the error.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.0.items
    }

    /// Returns which time limit expired, or `None` if the call did not time out.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        match self.kind() {
            CallErrorKind::TimedOut { stage, .. } => Some(*stage),
            _ => None,
        }
    }

    /// Returns the error that the endpoint responded with, if it did.
    #[must_use]
    pub fn endpoint_error(&self) -> Option<&EndpointError> {
        match self.kind() {
            CallErrorKind::Endpoint(error) => Some(error),
            _ => None,
        }
    }

    /// Converts into the error that the endpoint responded with, or returns `self` unchanged.
    pub(crate) fn into_endpoint_error(self) -> Result<EndpointError, Self> {
        match *self.0 {
            Repr { error: TransportError { kind: CallErrorKind::Endpoint(error), .. }, .. } => Ok(error),
            other => Err(Self(Box::new(other))),
        }
    }

    /// Returns whether the endpoint is known not to have run, so that a retry on another instance is safe.
    #[must_use]
    pub fn is_safe_to_retry(&self) -> bool {
        match self.kind() {
            CallErrorKind::NoInstances { .. }
            | CallErrorKind::NoSuchEndpoint { .. }
            | CallErrorKind::NoSuchInstance { .. }
            | CallErrorKind::NotDelivered
            | CallErrorKind::Overloaded { .. } => true,
            CallErrorKind::TimedOut { stage, .. } => *stage == Stage::Connect,
            CallErrorKind::Endpoint(error) => error.certainly_did_not_run(),
            _ => false,
        }
    }
}

impl From<TransportError> for CallError {
    fn from(error: TransportError) -> Self {
        Self(Box::new(Repr { error, endpoint: None, instance: None, items: 0 }))
    }
}

impl From<EndpointError> for CallError {
    fn from(error: EndpointError) -> Self {
        Self::new(CallErrorKind::Endpoint(error))
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Repr { error, endpoint, instance, items } = &*self.0;
        let endpoint = endpoint.as_ref().map_or_else(|| "the endpoint".to_owned(), EndpointId::to_string);
        let instance =
            instance.as_ref().map_or_else(|| "an instance".to_owned(), |id| format!("instance {id}"));
        match &error.kind {
            CallErrorKind::NoInstances { waited, store } => {
                let place = if store.is_empty() { String::new() } else { format!(" in {store}") };
                write!(f, "no instance of {endpoint} appeared{place} within {:?}", rounded(*waited))
            }
            CallErrorKind::NoSuchEndpoint { served } => {
                write!(f, "nobody serves {endpoint}; of its component are served: {}", list(served))
            }
            CallErrorKind::NoSuchInstance { known } => {
                write!(f, "{instance} does not serve {endpoint}; served by: {}", list(known))
            }
            CallErrorKind::NotDelivered => {
                write!(f, "the request for {endpoint} was not delivered to {instance}")
            }
            CallErrorKind::Overloaded { message } => {
                write!(f, "{instance} of {endpoint} is overloaded: {message}")
            }
            CallErrorKind::TimedOut { stage, limit } => {
                write!(f, "{} from {instance} of {endpoint} within {:?}", stage.missing(), rounded(*limit))
            }
            CallErrorKind::ConnectionLost if *items == 0 => {
                write!(f, "{instance} of {endpoint} was lost before its first item")
            }
            CallErrorKind::ConnectionLost => {
                write!(f, "{instance} of {endpoint} was lost after {items} items")
            }
            CallErrorKind::Endpoint(_) => f.write_str("the endpoint failed"),
            CallErrorKind::PayloadTooLarge { size, limit, plane } => {
                write!(
                    f,
                    "the request of {size} bytes exceeds the limit of {limit} bytes of the {plane} plane"
                )
            }
            CallErrorKind::MetadataTooLarge { entries, bytes } => write!(
                f,
                "the call of {endpoint} has {entries} entries of metadata with {bytes} bytes; at most {} and {} are \
                 allowed",
                crate::error::metadata::MAX_METADATA_ENTRIES,
                crate::error::metadata::MAX_METADATA_BYTES
            ),
            CallErrorKind::Encode => write!(f, "the request for {endpoint} cannot be encoded"),
            CallErrorKind::Decode { item, expected } => {
                write!(f, "item {item} of {endpoint} cannot be decoded as {expected}")
            }
            CallErrorKind::Input { item } => write!(f, "the stream of requests broke at item {item}"),
            CallErrorKind::Protocol { what } => {
                write!(f, "{instance} of {endpoint} broke the protocol: {what}")
            }
            CallErrorKind::IncompatibleTransport { theirs, ours } => {
                write!(f, "{instance} of {endpoint} is reached over {theirs}, this process speaks {ours}")
            }
            CallErrorKind::Cancelled { cause } => write!(f, "the call of {endpoint} was cancelled: {cause}"),
            CallErrorKind::InvalidCall => write!(f, "the call of {endpoint} could not be made"),
        }
    }
}

/// Maximum number of names listed in an error.
const LISTED: usize = 32;

/// Rounds a limit to milliseconds: what is left of a deadline has digits without meaning.
fn rounded(limit: Duration) -> Duration {
    let micros = limit.as_micros();
    if micros < 1000 {
        limit
    } else {
        Duration::from_millis(u64::try_from((micros + 500) / 1000).unwrap_or(u64::MAX))
    }
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    let mut names: Vec<_> = items.iter().take(LISTED).map(ToString::to_string).collect();
    if items.len() > LISTED {
        names.push(format!("and {} more", items.len() - LISTED));
    }
    names.join(", ")
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Repr { error, endpoint, instance, items } = &*self.0;
        let mut shown = f.debug_struct("CallError");
        shown.field("kind", &error.kind);
        if let Some(endpoint) = endpoint {
            shown.field("endpoint", endpoint);
        }
        if let Some(instance) = instance {
            shown.field("instance", instance);
        }
        shown.field("items", items);
        if let Some(source) = &error.source {
            shown.field("source", source);
        }
        shown.finish()
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.error {
            TransportError { source: Some(source), .. } => Some(&**source),
            TransportError { kind: CallErrorKind::Endpoint(error), .. } => Some(error),
            TransportError { .. } => None,
        }
    }
}
