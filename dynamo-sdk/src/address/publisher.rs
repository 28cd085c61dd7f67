//! The identity of an event publisher.

use std::fmt;

/// Identifies an event publisher: a random number, constant for the publisher's lifetime.
///
/// On the wire it is decimal in JSON and lower-case hex in keys (docs/wire/events.md#publisher-id). `Display`
/// prints the hex form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublisherId(pub u64);

impl PublisherId {
    /// Creates a random id of 53 bits, as Dynamo does, so that readers which parse JSON numbers as
    /// floats keep it exact.
    pub(crate) fn random() -> Self {
        Self(fastrand::u64(..) & ((1 << 53) - 1))
    }
}

impl fmt::Display for PublisherId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl fmt::Debug for PublisherId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}
