//! Observability of a runtime: counters, spans and the program's observers for its calls, requests,
//! connections, lease and events.

pub(crate) mod call_scope;
#[cfg(any(feature = "_network", feature = "zmq"))]
pub(crate) mod connection_scope;
pub(crate) mod counters;
pub(crate) mod metrics;
pub(crate) mod observer;
pub(crate) mod observers;
pub(crate) mod request_scope;
pub(crate) mod spans;
#[cfg(test)]
mod tests;

pub use metrics::{
    CallMetrics, ConnectionMetrics, EventMetrics, LeaseMetrics, Metrics, MetricsSnapshot, RequestMetrics,
};
pub use observer::{
    CallInfo, CallOutcome, CallPhase, ConnectionInfo, ConnectionPhase, Direction, EventInfo, EventPhase,
    LeaseTransition, Observer, Plane, RequestInfo, RequestOutcome, RequestPhase,
};
