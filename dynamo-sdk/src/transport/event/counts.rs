//! Counters of one event subscription.

/// What happened on a subscription so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventCounts {
    /// Events that arrived, whether they were read or not.
    pub received: u64,
    /// Events that arrived and were dropped here, because the subscription was not read fast enough. Their readers see them
    /// as missing as well.
    pub lagged: u64,
    /// Messages that arrived and were no events: another number of frames, no envelope, larger than allowed.
    pub malformed: u64,
    /// Publishers that are known right now, where they have to be known: over ZMQ.
    pub publishers: usize,
}
