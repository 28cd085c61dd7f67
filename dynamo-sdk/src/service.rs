//! ROOM service.rs

pub(crate) mod admission;
pub(crate) mod cancellation;
pub(crate) mod endpoint;
pub(crate) mod erased;
pub(crate) mod registry;
pub(crate) mod spawned;
pub(crate) mod spec;
pub(crate) mod type_info;
