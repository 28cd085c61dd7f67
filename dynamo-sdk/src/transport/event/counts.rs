//! Counters of an event subscription.

/// Counters of an event subscription since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventCounts {
    /// Events received, whether they were read or not.
    pub received: u64,
    /// Events dropped after arrival because the subscription was read too slowly. They also count as
    /// missing in the next event.
    pub lagged: u64,
    /// Messages that are not valid events: wrong number of frames, malformed envelope, or over the size
    /// limit.
    pub malformed: u64,
    /// Publishers currently known, for the transport that connects to each of them (ZMQ).
    pub publishers: usize,
}
