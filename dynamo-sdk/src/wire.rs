//! Encoding of Dynamo's request and response planes, as specified in `docs/wire`.
//!
//! Everything below is pure: bytes in, values out. A decoder looks at the bytes received so far and
//! returns what is complete. It buffers nothing itself and never allocates by a length that a peer
//! merely announces.

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
