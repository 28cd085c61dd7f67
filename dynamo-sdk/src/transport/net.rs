//! The sockets below all transports: listen, accept, dial, and the one stream type that they hand out.
//!
//! No other file names a socket type of Tokio, so that another kind of stream is a change to this room alone.

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
