//! The identity of an event publisher.

use std::fmt;

/// Which publisher an event is from: a random number, for as long as the publisher lives.
///
/// On the wire it is decimal in JSON and lower-case hex in keys (WIRE.md section 1.7); `Display` gives the hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublisherId(pub u64);

impl PublisherId {
    /// A new one. It has 53 bits, as in Dynamo, so that a reader that takes numbers for floats reads it right.
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
