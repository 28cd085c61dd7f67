//! The service core: a served endpoint, its admission control, and the calls that run on it. Every transport
//! calls it.

pub(crate) mod admission;
pub(crate) mod bounds;
pub(crate) mod cancellation;
pub(crate) mod endpoint;
pub(crate) mod endpoint_info;
pub(crate) mod erased;
pub(crate) mod input;
pub(crate) mod output;
pub(crate) mod registry;
pub(crate) mod running;
pub(crate) mod spawned;
pub(crate) mod spec;
pub(crate) mod start;
