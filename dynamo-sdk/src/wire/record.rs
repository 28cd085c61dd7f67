//! One entry of a discovery store.

use bytes::Bytes;

use crate::wire::keys::Key;

/// One entry of the store: a key and its value, JSON as WIRE.md section 1 gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it lives.
    pub key: Key,
    /// What it says.
    pub value: Bytes,
}
