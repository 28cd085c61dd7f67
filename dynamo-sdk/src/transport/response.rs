//! Dynamo's TCP response plane: the worker dials the caller.
//!
//! Both request planes use it. On the caller's side `prepare` encodes a call, `listener` accepts the worker's
//! connection and `home_stream` reads it; on the worker's side `inbound` decides on a request and `task`
//! answers it. A stream of requests has its own connection, which the worker dials as well: `request_sender`
//! is the caller's end, `request_receiver` the worker's.

pub(crate) mod home_stream;
pub(crate) mod inbound;
pub(crate) mod listener;
pub(crate) mod prepare;
pub(crate) mod refused;
pub(crate) mod request_receiver;
pub(crate) mod request_sender;
pub(crate) mod task;
