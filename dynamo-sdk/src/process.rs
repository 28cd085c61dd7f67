//! The process around a runtime: entry point, signals, exit codes and logging.

#[cfg(feature = "logging")]
pub mod logging;
pub(crate) mod worker;
