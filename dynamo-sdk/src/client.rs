//! Calling a component: the client handle, the call with its options, attempts, and the typed response.

pub(crate) mod call;
pub(crate) mod handle;
pub(crate) mod local;
pub(crate) mod outbound;
pub(crate) mod repeat;
pub(crate) mod response;

pub use crate::client::call::{Call, StreamCall};
pub use crate::client::handle::Client;
pub use crate::client::outbound::Payload;
