//! Errors of transports.

use std::time::Duration;

use crate::address::ids::{EndpointId, InstanceId};
use crate::error::BoxError;
use crate::error::call::CallError;
use crate::error::call::kind::{CallErrorKind, Stage};
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;

/// The error of an attempt: a [`CallError`] without the address, which the caller of the transport knows.
#[derive(Debug)]
pub(crate) struct TransportError {
    pub(super) kind: CallErrorKind,
    pub(super) source: Option<BoxError>,
}

impl TransportError {
    pub(crate) fn new(kind: CallErrorKind) -> Self {
        Self { kind, source: None }
    }

    fn caused(kind: CallErrorKind, source: impl Into<BoxError>) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    pub(crate) fn undelivered(source: impl Into<BoxError>) -> Self {
        Self::caused(CallErrorKind::NotDelivered, source)
    }

    pub(crate) fn lost(source: impl Into<BoxError>) -> Self {
        Self::caused(CallErrorKind::ConnectionLost, source)
    }

    pub(crate) fn invalid(source: impl Into<BoxError>) -> Self {
        Self::caused(CallErrorKind::InvalidCall, source)
    }

    pub(crate) fn encode(source: impl Into<BoxError>) -> Self {
        Self::caused(CallErrorKind::Encode, source)
    }

    pub(crate) fn decode(item: u64, expected: &'static str, source: impl Into<BoxError>) -> Self {
        Self::caused(CallErrorKind::Decode { item, expected }, source)
    }

    pub(crate) fn input(item: u64, source: impl Into<BoxError>) -> Self {
        Self::caused(CallErrorKind::Input { item }, source)
    }

    pub(crate) fn timed_out(stage: Stage, limit: Duration) -> Self {
        Self::new(CallErrorKind::TimedOut { stage, limit })
    }

    pub(crate) fn protocol(what: impl Into<String>) -> Self {
        Self::new(CallErrorKind::Protocol { what: what.into() })
    }

    pub(crate) fn cancelled(cause: Option<CancelCause>) -> Self {
        Self::new(CallErrorKind::Cancelled { cause: cause.unwrap_or(CancelCause::Requested) })
    }

    pub(crate) fn kind(&self) -> &CallErrorKind {
        &self.kind
    }

    /// Converts into the error of a call to `endpoint` that was not sent.
    pub(crate) fn of(self, endpoint: &EndpointId) -> CallError {
        CallError::from(self).with_endpoint(endpoint.clone())
    }

    /// Converts into the error of a call that was sent to `instance`.
    pub(crate) fn at(self, endpoint: &EndpointId, instance: InstanceId) -> CallError {
        self.of(endpoint).with_instance(instance)
    }
}

impl From<EndpointError> for TransportError {
    fn from(error: EndpointError) -> Self {
        Self::new(CallErrorKind::Endpoint(error))
    }
}
