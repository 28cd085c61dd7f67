//! Sockets for all transports: listen, accept and dial, which return one stream type.
//!
//! No other file names a socket type of Tokio, so another kind of stream, such as TLS, changes only this
//! module.

pub(crate) mod accept;
pub(crate) mod advertise;
#[cfg(feature = "_network")]
pub(crate) mod check;
pub(crate) mod dial;
pub(crate) mod host;
pub(crate) mod listen;
mod primary;
pub(crate) mod settings;
pub(crate) mod stream;
#[cfg(test)]
pub(crate) mod testing;
