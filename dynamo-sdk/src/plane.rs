//! The ways a request and its response travel between processes.

pub(crate) mod dynamo;
