//! The observer trait and what it receives.

use std::net::SocketAddr;

use crate::address::ids::{EndpointId, InstanceId};
use crate::address::names::TopicName;
use crate::address::scope::EventScope;
use crate::error::call::CallError;
use crate::error::endpoint::class::ErrorClass;

/// Receives reports of what a runtime does, as it happens.
///
/// Every method has an empty default. They run on the data path, in the task that the report is about:
/// return quickly, do not block, and do not panic.
///
/// Install one with [`Runtime::with_observer`](crate::Runtime::with_observer):
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use dynamo_sdk::observe::{CallInfo, CallOutcome, CallPhase, Observer};
/// use dynamo_sdk::prelude::*;
/// use dynamo_sdk::{Config, LocalCluster, Runtime};
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

    /// A task that the runtime depends on panicked, and is started again.
    fn task_restarted(&self, task: &str) {
        let _ = task;
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

    fn task_restarted(&self, task: &str) {
        (**self).task_restarted(task);
    }

    fn event(&self, channel: &EventInfo<'_>, phase: EventPhase) {
        (**self).event(channel, phase);
    }
}

/// Identifies a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallInfo<'a> {
    /// The endpoint called.
    pub endpoint: &'a EndpointId,
    /// The request id, as the handler sees it.
    pub request_id: &'a str,
    /// The W3C trace id, if the call has a trace.
    pub trace_id: Option<&'a str>,
}

/// The progress of a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CallPhase<'a> {
    /// The call was awaited.
    Started,
    /// It is sent to an instance.
    Attempt {
        /// The instance.
        instance: InstanceId,
        /// 1 for the first attempt.
        number: u32,
    },
    /// The first item was received.
    FirstItem,
    /// The call ended. Always the last report of a call.
    Ended(CallOutcome<'a>),
}

/// The outcome of a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CallOutcome<'a> {
    /// It received its end of stream.
    Succeeded,
    /// It failed with this error.
    Failed(&'a CallError),
    /// The call or its stream was dropped before the end.
    Dropped,
}

/// Identifies a handled request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestInfo<'a> {
    /// The endpoint called.
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

/// The progress of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestPhase {
    /// Rejected immediately: the limits are reached, or the endpoint is draining. No other report follows.
    Refused,
    /// Admitted. `queued` if it has to wait for a slot.
    Admitted {
        /// Whether all slots are taken.
        queued: bool,
    },
    /// The handler starts.
    Started,
    /// The request ended. Always the last report of an admitted request.
    Ended(RequestOutcome),
}

/// The outcome of a request.
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
    /// The traffic it carries.
    pub plane: Plane,
    /// Which side opened it.
    pub direction: Direction,
    /// The remote address, if known.
    pub peer: Option<SocketAddr>,
}

/// The traffic of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plane {
    /// Requests over TCP.
    Request,
    /// Responses and request streams: one connection each.
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

/// The progress of a connection.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ConnectionPhase<'a> {
    /// Opened or accepted.
    Opened,
    /// Failed to open.
    Failed(&'a dyn std::error::Error),
    /// Lost; reconnecting in the background. NATS connections only.
    Lost,
    /// Reconnected after a loss.
    Reopened,
    /// Closed.
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
    /// The lease is held again, and all records are restored.
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

/// What happened on a channel of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventPhase {
    /// An event was handed to the transport.
    Published,
    /// An event arrived in the queue of a subscription.
    Received,
    /// This many of the oldest events were dropped from the full queue of a subscription.
    Dropped(u64),
    /// A message arrived that is not a valid event.
    Malformed,
}

/// Extracts the trace id from a validated `traceparent` header.
pub(crate) fn trace_id(traceparent: &str) -> Option<&str> {
    traceparent.split('-').nth(1)
}
