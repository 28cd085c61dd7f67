//! Atomic counters, in groups that do not share a cache line.

use std::sync::atomic::{AtomicU64, Ordering};

/// A monotonic counter.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counters of calls, written by callers.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct CallCounters {
    pub(super) started: Counter,
    pub(super) attempts: Counter,
    pub(super) retries: Counter,
    pub(super) succeeded: Counter,
    pub(super) failed: Counter,
    pub(super) dropped: Counter,
}

/// The counters of requests, written by handlers.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct RequestCounters {
    pub(super) admitted: Counter,
    pub(super) refused: Counter,
    pub(super) queued: Counter,
    pub(super) dequeued: Counter,
    pub(super) succeeded: Counter,
    pub(super) failed: Counter,
    pub(super) cancelled: Counter,
}

/// The counters of connections and the lease.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct ConnectionCounters {
    pub(super) opened: Counter,
    pub(super) accepted: Counter,
    pub(super) failed: Counter,
    pub(super) closed: Counter,
    pub(super) reopened: Counter,
    pub(super) leases_lost: Counter,
    pub(super) leases_restored: Counter,
}

/// The counters of events.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct EventCounters {
    pub(super) published: Counter,
    pub(super) received: Counter,
    pub(super) dropped: Counter,
    pub(super) malformed: Counter,
}
