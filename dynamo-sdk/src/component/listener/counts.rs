//! Event counts of the subscriptions of a served component.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::address::names::TopicName;
use crate::address::scope::EventScope;
use crate::transport::event::counts::EventCounts;
use crate::transport::event::subscriber_queue::SubscriberQueue;

/// One subscription of a served component.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listener {
    /// The publishers whose events it receives.
    pub scope: EventScope,
    /// Their topic.
    pub topic: TopicName,
    /// The outcomes of its events so far.
    pub counts: ListenerCounts,
}

/// The event counts of one `#[subscribe]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListenerCounts {
    /// Events handled by the method.
    pub handled: u64,
    /// Events for which the method failed or panicked.
    pub failed: u64,
    /// Events that failed to decode as the payload type of the method.
    pub undecodable: u64,
    /// Missed events: the sum of [`Event::missed_before`](crate::events::subscription::Event::missed_before).
    pub missed: u64,
    /// The counts of the subscription itself.
    pub events: EventCounts,
}

/// The counters behind [`ListenerCounts`].
#[derive(Debug, Default)]
pub(super) struct ListenerTally {
    pub(super) handled: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) undecodable: AtomicU64,
    pub(super) missed: AtomicU64,
}

/// Reads the counters of one subscription.
#[derive(Clone)]
pub(crate) struct ListenerView {
    pub(super) scope: EventScope,
    pub(super) topic: TopicName,
    pub(super) queue: Arc<SubscriberQueue>,
    pub(super) tally: Arc<ListenerTally>,
}

impl ListenerView {
    /// Returns the counts so far.
    pub(crate) fn look(&self) -> Listener {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = ListenerCounts {
            handled: load(&self.tally.handled),
            failed: load(&self.tally.failed),
            undecodable: load(&self.tally.undecodable),
            missed: load(&self.tally.missed),
            events: self.queue.counts(),
        };
        Listener { scope: self.scope.clone(), topic: self.topic.clone(), counts }
    }
}
