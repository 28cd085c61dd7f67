//! The service core, used by every transport: served endpoints, admission control, and running calls.

pub(crate) mod admission;
pub(crate) mod bounds;
pub(crate) mod cancellation;
pub(crate) mod contained;
pub(crate) mod endpoint;
pub(crate) mod endpoint_info;
pub(crate) mod erased;
pub(crate) mod input;
pub(crate) mod output;
pub(crate) mod pulse;
pub(crate) mod registry;
pub(crate) mod running;
pub(crate) mod spawned;
pub(crate) mod spec;
pub(crate) mod start;
