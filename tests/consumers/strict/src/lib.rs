//! A user of the SDK who denies every warning: what the macros write passes the strictest lints of the crate it lands in.
//!
//! Each module is something that people write. That they compile is most of the test; the rest runs.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, clippy::pedantic)]
#![deny(
    missing_debug_implementations,
    unnameable_types,
    unused_lifetimes,
    unused,
    nonstandard_style,
    rust_2018_idioms
)]
#![deny(private_interfaces, private_bounds, single_use_lifetimes, let_underscore_drop, unused_results)]
#![deny(clippy::unwrap_used, clippy::expect_used)]

#[cfg(test)]
mod alias;
pub mod conditional;
pub mod contract;
pub mod events;
pub mod generic;
#[cfg(test)]
mod local;
pub mod parts;
pub mod pipelines;
#[cfg(test)]
mod twins;
pub mod visible;
