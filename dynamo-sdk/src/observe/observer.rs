//! The observer trait and what it receives.

use std::net::SocketAddr;

use crate::address::ids::{EndpointId, InstanceId};
use crate::address::names::TopicName;
use crate::address::scope::EventScope;
use crate::error::call::CallError;
use crate::error::endpoint::class::ErrorClass;

/// Receives what a runtime does, as it happens.
///
/// Every method has an empty default. They are called on the data path, by the task that the report is about: return
/// quickly, do not block, and do not panic.
///
/// Install one with [`Runtime::with_observer`](crate::Runtime::with_observer):
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use dynamo_sdk::observe::{CallInfo, CallOutcome, CallPhase, Observer};
/// use dynamo_sdk::prelude::*;
/// use dynamo_sdk::{LocalCluster, Runtime};
///
/// #[derive(Default)]
/// struct Failures(AtomicU64);
///
/// impl Observer for Failures {
///     fn call(&self, call: &CallInfo<'_>, phase: CallPhase<'_>) {
///         if let CallPhase::Ended(CallOutcome::Failed(error)) = phase {
///             tracing::warn!(endpoint = %call.endpoint, %error, "a call failed");
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// # fn main() -> Result<()> {
/// # let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # tokio.block_on(async {
/// let failures = Arc::new(Failures::default());
/// let runtime = Runtime::from_current()?.with_observer(Arc::clone(&failures));
/// let runtime = LocalCluster::new().join(runtime, Config::builder().build()?)?;
/// # runtime.shutdown().await;
/// # Ok(()) }) }
/// ```
pub trait Observer: Send + Sync + 'static {
    /// A call made by a client of this runtime.
    fn call(&self, call: &CallInfo<'_>, phase: CallPhase<'_>) {
        let _ = (call, phase);
    }

    /// A request received by an endpoint of this runtime.
    fn request(&self, request: &RequestInfo<'_>, phase: RequestPhase) {
        let _ = (request, phase);
    }

    /// A connection to or from another process.
    fn connection(&self, connection: &ConnectionInfo, phase: ConnectionPhase<'_>) {
        let _ = (connection, phase);
    }

    /// A change of the lease that the records of this process are attached to.
    fn lease(&self, transition: LeaseTransition) {
        let _ = transition;
    }

    /// Events of one channel, at a publisher or a subscription of this runtime.
    fn event(&self, channel: &EventInfo<'_>, phase: EventPhase) {
        let _ = (channel, phase);
    }
}

impl<T: Observer + ?Sized> Observer for std::sync::Arc<T> {
    fn call(&self, call: &CallInfo<'_>, phase: CallPhase<'_>) {
        (**self).call(call, phase);
    }

    fn request(&self, request: &RequestInfo<'_>, phase: RequestPhase) {
        (**self).request(request, phase);
    }

    fn connection(&self, connection: &ConnectionInfo, phase: ConnectionPhase<'_>) {
        (**self).connection(connection, phase);
    }

    fn lease(&self, transition: LeaseTransition) {
        (**self).lease(transition);
    }

    fn event(&self, channel: &EventInfo<'_>, phase: EventPhase) {
        (**self).event(channel, phase);
    }
}

/// Identifies a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallInfo<'a> {
    /// The endpoint that is called.
    pub endpoint: &'a EndpointId,
    /// The request id, which the handler sees too.
    pub request_id: &'a str,
    /// The W3C trace id, if the call has a trace.
    pub trace_id: Option<&'a str>,
}

/// How far a call is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CallPhase<'a> {
    /// It was awaited.
    Started,
    /// It is sent to an instance.
    Attempt {
        /// The instance.
        instance: InstanceId,
        /// 1 for the first attempt.
        number: u32,
    },
    /// Its first item was received.
    FirstItem,
    /// It is over. Always the last report of a call.
    Ended(CallOutcome<'a>),
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CallOutcome<'a> {
    /// With its end of stream.
    Succeeded,
    /// With an error.
    Failed(&'a CallError),
    /// The call or its stream was dropped before the end.
    Dropped,
}

/// Identifies a handled request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestInfo<'a> {
    /// The endpoint that was called.
    pub endpoint: &'a EndpointId,
    /// The instance that handles it.
    pub instance: InstanceId,
    /// The request id. `None` until the handler starts.
    pub request_id: Option<&'a str>,
    /// The W3C trace id, if the request has a trace and its handler has started.
    pub trace_id: Option<&'a str>,
}

impl<'a> RequestInfo<'a> {
    pub(crate) fn new(
        endpoint: &'a EndpointId,
        instance: InstanceId,
        request_id: Option<&'a str>,
        trace_id: Option<&'a str>,
    ) -> Self {
        Self { endpoint, instance, request_id, trace_id }
    }
}

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestPhase {
    /// Rejected at once: the limits are reached, or the endpoint is draining. No other report follows.
    Refused,
    /// Admitted. `queued` if it has to wait for a slot.
    Admitted {
        /// Whether all slots are taken.
        queued: bool,
    },
    /// Its handler starts.
    Started,
    /// It is over. Always the last report of an admitted request.
    Ended(RequestOutcome),
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestOutcome {
    /// The handler completed.
    Succeeded,
    /// The caller received an error of this class.
    Failed(ErrorClass),
    /// The caller cancelled it or is gone.
    Cancelled,
}

/// Identifies a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// What it carries.
    pub plane: Plane,
    /// Which side opened it.
    pub direction: Direction,
    /// The other side, where that is known.
    pub peer: Option<SocketAddr>,
}

/// What a connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plane {
    /// Requests over TCP.
    Request,
    /// Responses and streams of requests: one connection for each of them.
    Response,
    /// Events over ZMQ.
    Event,
    /// Requests or events over NATS.
    Nats,
}

/// Which side opened a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// This process.
    Outbound,
    /// The other process.
    Inbound,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ConnectionPhase<'a> {
    /// It was opened or accepted.
    Opened,
    /// It could not be opened.
    Failed(&'a dyn std::error::Error),
    /// It was lost, and is opened again in the background. NATS connections only.
    Lost,
    /// It was lost and is open again.
    Reopened,
    /// It is closed.
    Closed,
}

/// A change of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaseTransition {
    /// The runtime has joined its store.
    Held,
    /// The lease expired, or may have: the records are gone.
    Lost,
    /// The lease is held again, and all records are back.
    Restored,
    /// The runtime left its store.
    Closed,
}

/// Identifies a channel of events.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EventInfo<'a> {
    /// Its scope.
    pub scope: &'a EventScope,
    /// Its topic.
    pub topic: &'a TopicName,
}

/// What happened on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventPhase {
    /// An event was handed to the transport.
    Published,
    /// An event arrived in the queue of a subscription.
    Received,
    /// So many of the oldest events were dropped from the queue of a subscription, because it is full.
    Dropped(u64),
    /// A message arrived that is not a valid event.
    Malformed,
}

/// The trace id in a `traceparent` header that was checked before.
pub(crate) fn trace_id(traceparent: &str) -> Option<&str> {
    traceparent.split('-').nth(1)
}
