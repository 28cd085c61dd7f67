//! Components: the traits that the macros implement, and the builders behind the statements of `mount`.

pub(crate) mod blocks;
#[doc(hidden)]
pub mod bridge;
pub(crate) mod builders;
pub(crate) mod contract;
pub(crate) mod describe;
pub(crate) mod double;
pub(crate) mod endpoint_list;
pub(crate) mod engines;
pub(crate) mod events;
pub(crate) mod hooks;
pub(crate) mod listener;
pub(crate) mod local;
pub(crate) mod mount;
pub(crate) mod reply;
pub(crate) mod slot;
pub(crate) mod typed_client;

pub use crate::component::double::Double;
pub use crate::component::mount::Endpoints;
