//! A discovery record.

use bytes::Bytes;

use crate::wire::keys::Key;

/// An entry of the store: a key and its value, which is JSON as defined by WIRE.md section 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The key.
    pub key: Key,
    /// The JSON value.
    pub value: Bytes,
}
