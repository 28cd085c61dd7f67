//! ROOM client.rs

pub(crate) mod call;
pub(crate) mod handle;
pub(crate) mod outbound;
pub(crate) mod repeat;
pub(crate) mod response;
