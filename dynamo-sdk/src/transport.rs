//! How bytes travel: request planes, the response plane, event planes, and the sockets below them.

pub(crate) mod event;
#[cfg(feature = "nats")]
pub(crate) mod nats;
#[cfg(any(feature = "_network", feature = "zmq"))]
pub(crate) mod net;
pub(crate) mod open;
pub(crate) mod request;
#[cfg(feature = "_network")]
pub(crate) mod response;
