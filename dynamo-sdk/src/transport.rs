//! ROOM transport.rs

pub(crate) mod event;
#[cfg(feature = "nats")]
pub(crate) mod nats;
#[cfg(any(feature = "_network", feature = "zmq"))]
pub(crate) mod net;
pub(crate) mod request;
#[cfg(feature = "_network")]
pub(crate) mod response;
