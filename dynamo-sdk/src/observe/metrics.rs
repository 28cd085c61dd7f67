//! The counters of a runtime.

use std::sync::atomic::{Ordering, fence};

use crate::observe::counters::{CallCounters, ConnectionCounters, Counter, EventCounters, RequestCounters};
use crate::observe::observer::{
    CallInfo, CallOutcome, CallPhase, ConnectionInfo, ConnectionPhase, Direction, EventInfo, EventPhase,
    LeaseTransition, Observer, RequestInfo, RequestOutcome, RequestPhase,
};

/// The counters of a [`DistributedRuntime`](crate::DistributedRuntime) since its creation.
///
/// They are atomics that are always on. Reading them takes no lock, so the numbers of one snapshot may be a
/// few nanoseconds apart.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # fn main() -> Result<()> {
/// # let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # tokio.block_on(async {
/// let runtime = DistributedRuntime::in_memory()?;
/// assert_eq!(runtime.metrics().requests().in_flight, 0);
/// println!("{:#?}", runtime.metrics().snapshot());
/// # runtime.shutdown().await;
/// # Ok(()) }) }
/// ```
#[derive(Debug, Default)]
pub struct Metrics {
    calls: CallCounters,
    requests: RequestCounters,
    connections: ConnectionCounters,
    events: EventCounters,
    tasks_restarted: Counter,
}

/// All counters of a runtime at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetricsSnapshot {
    /// Calls made by clients of the runtime.
    pub calls: CallMetrics,
    /// Requests received by endpoints of the runtime.
    pub requests: RequestMetrics,
    /// Connections to and from other processes.
    pub connections: ConnectionMetrics,
    /// The lease in discovery.
    pub leases: LeaseMetrics,
    /// Events published and received.
    pub events: EventMetrics,
    /// How often a task that the runtime depends on panicked and was started again. A fault of the SDK or of a library.
    pub tasks_restarted: u64,
}

/// Calls made by clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallMetrics {
    /// Calls that were awaited.
    pub started: u64,
    /// Calls that have not ended, including streams that are still held.
    pub in_flight: u64,
    /// Attempts of all calls.
    pub attempts: u64,
    /// Attempts that followed a failed one of the same call.
    pub retries: u64,
    /// Calls that received their end of stream.
    pub succeeded: u64,
    /// Calls that ended with an error.
    pub failed: u64,
    /// Calls that were dropped before they ended.
    pub dropped: u64,
}

/// Requests received by endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestMetrics {
    /// Requests that passed admission control.
    pub admitted: u64,
    /// Requests rejected immediately, because of a limit or a shutdown.
    pub refused: u64,
    /// Admitted requests that have not ended, including those in a queue.
    pub in_flight: u64,
    /// The number of requests in a queue.
    pub queued: u64,
    /// Requests whose handler completed.
    pub succeeded: u64,
    /// Requests whose caller received an error.
    pub failed: u64,
    /// Requests that their caller cancelled, or whose caller is gone.
    pub cancelled: u64,
}

/// Connections to and from other processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionMetrics {
    /// Connections opened by this process.
    pub opened: u64,
    /// Connections accepted by this process.
    pub accepted: u64,
    /// Connections that are open.
    pub open: u64,
    /// Connections that could not be opened.
    pub failed: u64,
    /// Number of NATS reconnects.
    pub reopened: u64,
}

/// The lease in discovery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaseMetrics {
    /// Number of times the lease was lost.
    pub lost: u64,
    /// Number of times the lease was restored with all records.
    pub restored: u64,
}

/// Events of all publishers and subscriptions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventMetrics {
    /// Events handed to the transport.
    pub published: u64,
    /// Events that arrived at subscriptions.
    pub received: u64,
    /// Events dropped from full queues of subscriptions.
    pub dropped: u64,
    /// Messages that are not valid events.
    pub malformed: u64,
}

impl Metrics {
    /// Reads all counters.
    #[must_use]
    pub fn snapshot(&self) -> MetricsSnapshot {
        MetricsSnapshot {
            calls: self.calls(),
            requests: self.requests(),
            connections: self.connections(),
            leases: self.leases(),
            events: self.events(),
            tasks_restarted: self.tasks_restarted(),
        }
    }

    /// Reads how often a task that the runtime depends on panicked and was started again.
    #[must_use]
    pub fn tasks_restarted(&self) -> u64 {
        self.tasks_restarted.get()
    }

    /// Reads the counters of calls.
    #[must_use]
    pub fn calls(&self) -> CallMetrics {
        let calls = &self.calls;
        let (succeeded, failed, dropped) = (calls.succeeded.get(), calls.failed.get(), calls.dropped.get());
        // A call is counted as started before it ends: reading the ends first keeps the difference
        // non-negative.
        fence(Ordering::Acquire);
        let started = calls.started.get();
        CallMetrics {
            started,
            in_flight: started.saturating_sub(succeeded + failed + dropped),
            attempts: calls.attempts.get(),
            retries: calls.retries.get(),
            succeeded,
            failed,
            dropped,
        }
    }

    /// Reads the counters of requests.
    #[must_use]
    pub fn requests(&self) -> RequestMetrics {
        let requests = &self.requests;
        let (succeeded, failed) = (requests.succeeded.get(), requests.failed.get());
        let (cancelled, dequeued) = (requests.cancelled.get(), requests.dequeued.get());
        fence(Ordering::Acquire);
        let admitted = requests.admitted.get();
        RequestMetrics {
            admitted,
            refused: requests.refused.get(),
            in_flight: admitted.saturating_sub(succeeded + failed + cancelled),
            queued: requests.queued.get().saturating_sub(dequeued),
            succeeded,
            failed,
            cancelled,
        }
    }

    /// Reads the counters of connections.
    #[must_use]
    pub fn connections(&self) -> ConnectionMetrics {
        let connections = &self.connections;
        let closed = connections.closed.get();
        fence(Ordering::Acquire);
        let (opened, accepted) = (connections.opened.get(), connections.accepted.get());
        ConnectionMetrics {
            opened,
            accepted,
            open: (opened + accepted).saturating_sub(closed),
            failed: connections.failed.get(),
            reopened: connections.reopened.get(),
        }
    }

    /// Reads the counters of the lease.
    #[must_use]
    pub fn leases(&self) -> LeaseMetrics {
        let connections = &self.connections;
        LeaseMetrics { lost: connections.leases_lost.get(), restored: connections.leases_restored.get() }
    }

    /// Reads the counters of events.
    #[must_use]
    pub fn events(&self) -> EventMetrics {
        let events = &self.events;
        EventMetrics {
            published: events.published.get(),
            received: events.received.get(),
            dropped: events.dropped.get(),
            malformed: events.malformed.get(),
        }
    }

    /// Counts that a request left its queue.
    pub(super) fn dequeued(&self) {
        self.requests.dequeued.add(1);
    }
}

impl Observer for Metrics {
    fn call(&self, _: &CallInfo<'_>, phase: CallPhase<'_>) {
        let calls = &self.calls;
        match phase {
            CallPhase::Started => calls.started.add(1),
            CallPhase::Attempt { number, .. } => {
                calls.attempts.add(1);
                if number > 1 {
                    calls.retries.add(1);
                }
            }
            CallPhase::FirstItem => {}
            CallPhase::Ended(CallOutcome::Succeeded) => calls.succeeded.add(1),
            CallPhase::Ended(CallOutcome::Failed(_)) => calls.failed.add(1),
            CallPhase::Ended(CallOutcome::Dropped) => calls.dropped.add(1),
        }
    }

    fn request(&self, _: &RequestInfo<'_>, phase: RequestPhase) {
        let requests = &self.requests;
        match phase {
            RequestPhase::Refused => requests.refused.add(1),
            RequestPhase::Admitted { queued } => {
                requests.admitted.add(1);
                if queued {
                    requests.queued.add(1);
                }
            }
            RequestPhase::Started => {}
            RequestPhase::Ended(RequestOutcome::Succeeded) => requests.succeeded.add(1),
            RequestPhase::Ended(RequestOutcome::Failed(_)) => requests.failed.add(1),
            RequestPhase::Ended(RequestOutcome::Cancelled) => requests.cancelled.add(1),
        }
    }

    fn connection(&self, connection: &ConnectionInfo, phase: ConnectionPhase<'_>) {
        let connections = &self.connections;
        match (phase, connection.direction) {
            (ConnectionPhase::Opened, Direction::Outbound) => connections.opened.add(1),
            (ConnectionPhase::Opened, Direction::Inbound) => connections.accepted.add(1),
            (ConnectionPhase::Failed(_), _) => connections.failed.add(1),
            (ConnectionPhase::Lost, _) => {}
            (ConnectionPhase::Reopened, _) => connections.reopened.add(1),
            (ConnectionPhase::Closed, _) => connections.closed.add(1),
        }
    }

    fn lease(&self, transition: LeaseTransition) {
        match transition {
            LeaseTransition::Lost => self.connections.leases_lost.add(1),
            LeaseTransition::Restored => self.connections.leases_restored.add(1),
            LeaseTransition::Held | LeaseTransition::Closed => {}
        }
    }

    fn task_restarted(&self, _: &str) {
        self.tasks_restarted.add(1);
    }

    fn event(&self, _: &EventInfo<'_>, phase: EventPhase) {
        let events = &self.events;
        match phase {
            EventPhase::Published => events.published.add(1),
            EventPhase::Received => events.received.add(1),
            EventPhase::Dropped(count) => events.dropped.add(count),
            EventPhase::Malformed => events.malformed.add(1),
        }
    }
}
