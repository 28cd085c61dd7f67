//! The bytes of Dynamo's request and response planes, as WIRE.md describes them.
//!
//! Everything below is pure: bytes in, values out. A decoder takes what has arrived so far and says what is complete; it
//! keeps no bytes of its own, and no length that a peer merely announces makes it allocate.

pub(crate) mod channel;
pub(crate) mod codec;
#[cfg(feature = "_network")]
pub(crate) mod control;
pub(crate) mod envelope;
pub(crate) mod error_object;
#[cfg(feature = "_network")]
pub(crate) mod frame;
#[cfg(feature = "_network")]
pub(crate) mod headers;
pub(crate) mod instance;
pub(crate) mod item;
pub(crate) mod keys;
pub(crate) mod record;
#[cfg(test)]
#[cfg(feature = "_network")]
mod tests;
