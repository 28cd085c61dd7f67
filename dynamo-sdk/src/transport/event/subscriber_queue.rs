//! The entry point for received events of one subscription.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context as Task, Poll};

use bytes::Bytes;

use crate::transport::event::counts::EventCounts;
use crate::transport::event::queue::Queue;
use crate::wire::envelope;
use crate::wire::envelope::RawEvent;

/// The queue and the counters of one subscription.
#[derive(Debug)]
pub(crate) struct SubscriberQueue {
    queue: Queue<RawEvent>,
    /// Maximum payload size.
    limit: usize,
    received: AtomicU64,
    malformed: AtomicU64,
    publishers: AtomicUsize,
}

impl SubscriberQueue {
    pub(crate) fn new(capacity: usize, limit: usize) -> Self {
        Self {
            queue: Queue::new(capacity),
            limit,
            received: AtomicU64::new(0),
            malformed: AtomicU64::new(0),
            publishers: AtomicUsize::new(0),
        }
    }

    /// Decodes and queues an envelope. A malformed one is counted.
    pub(crate) fn take(&self, envelope: &Bytes) {
        match envelope::decode(envelope) {
            Ok(event) if event.payload.len() > self.limit => {
                self.reject("the event is larger than DYN_SDK_MAX_EVENT_SIZE");
            }
            Ok(event) => {
                self.received.fetch_add(1, Ordering::Relaxed);
                // The payload is a slice of the envelope and keeps all of it alive, so the size of the
                // envelope counts.
                self.queue.push(event, envelope.len());
            }
            Err(error) => self.reject(&crate::error::endpoint::chain(&*error)),
        }
    }

    /// Counts a message that is not a valid event.
    pub(crate) fn reject(&self, why: &str) {
        self.malformed.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(why, "dropped a malformed event message");
    }

    /// Sets the number of known publishers.
    pub(crate) fn set_publishers(&self, count: usize) {
        self.publishers.store(count, Ordering::Relaxed);
    }

    pub(crate) fn poll_next(&self, task: &mut Task<'_>) -> Poll<Option<RawEvent>> {
        self.queue.poll_pop(task)
    }

    /// Ends the subscription. Queued events can still be read.
    pub(crate) fn close(&self) {
        self.queue.close();
    }

    pub(crate) fn counts(&self) -> EventCounts {
        EventCounts {
            received: self.received.load(Ordering::Relaxed),
            lagged: self.queue.lost(),
            malformed: self.malformed.load(Ordering::Relaxed),
            publishers: self.publishers.load(Ordering::Relaxed),
        }
    }
}
