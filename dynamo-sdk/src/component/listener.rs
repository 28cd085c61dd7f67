//! `#[subscribe]`: component methods that handle events while the component is served.

pub(crate) mod builder;
pub(crate) mod counts;
pub(crate) mod listeners;
pub(crate) mod reply;
pub(crate) mod spec;
pub(crate) mod subscription;
