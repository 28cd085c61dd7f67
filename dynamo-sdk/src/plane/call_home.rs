//! Dynamo's TCP response plane: the worker dials the caller (WIRE.md section 3).
//!
//! Both request planes share it. `listener` and `stream` are the caller's side, `answer` is the worker's, and
//! `request` puts a call together.

pub(crate) mod answer;
pub(crate) mod listener;
pub(crate) mod request;
mod stream;
