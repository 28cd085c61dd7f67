//! Calling a component: the client handle, the call with its options, attempts, and the typed response.

pub(crate) mod call;
pub(crate) mod encoded;
pub(crate) mod handle;
pub(crate) mod local;
pub(crate) mod response;
pub(crate) mod retry;

pub use crate::client::call::{Call, StreamCall};
pub use crate::client::encoded::Payload;
pub use crate::client::handle::Client;
