//! ROOM process.rs

#[cfg(feature = "logging")]
pub mod logging;
pub(crate) mod worker;
