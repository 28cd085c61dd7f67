//! Dynamo's TCP response plane: the worker dials the caller (WIRE.md section 3).
//!
//! Both request planes share it. `listener` and `stream` are the caller's side, `accept` and `answer` the worker's, and
//! `request` puts a call together. A stream of requests has a connection of its own, which the worker dials too:
//! `sending` is the caller's end of it and `requests` the worker's.

pub(crate) mod home_stream;
pub(crate) mod inbound;
pub(crate) mod listener;
pub(crate) mod prepare;
pub(crate) mod refused;
pub(crate) mod request_receiver;
pub(crate) mod request_sender;
pub(crate) mod task;
