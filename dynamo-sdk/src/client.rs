//! Calling a component: the client handle, calls and their options, attempts, and the typed response.

pub(crate) mod attempts;
pub(crate) mod call;
pub(crate) mod encoded;
pub(crate) mod handle;
#[cfg(feature = "tower")]
pub(crate) mod layered;
pub(crate) mod local;
pub(crate) mod observed;
pub(crate) mod options;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod target;

pub use crate::client::encoded::{Decoded, Payload};
