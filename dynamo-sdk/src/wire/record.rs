//! A discovery record.

use bytes::Bytes;

use crate::wire::keys::Key;

/// An entry of the store: a key and its value, which is JSON as defined in docs/wire/discovery.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The key.
    pub key: Key,
    /// The JSON value.
    pub value: Bytes,
}
