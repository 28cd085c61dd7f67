//! Dynamo's TCP response plane: the worker dials the caller.
//!
//! Shared by both remote request planes. On the caller's side, `prepare` encodes a call, `listener` accepts
//! the worker's connection and `home_stream` reads it. On the worker's side, `inbound` accepts or rejects a
//! request and `task` answers it. A stream of requests uses a second connection, also dialed by the worker:
//! `request_sender` is the caller's end, `request_receiver` the worker's.

pub(crate) mod call_home;
pub(crate) mod home_stream;
pub(crate) mod inbound;
pub(crate) mod listener;
pub(crate) mod prepare;
pub(crate) mod refused;
pub(crate) mod request_receiver;
pub(crate) mod request_sender;
pub(crate) mod task;
