//! What users write and the SDK promises them, in one process and without a server.
#![cfg(feature = "macros")]

mod composition;
mod contract;
mod describe;
mod doubles;
mod entry;
mod identity;
#[cfg(all(feature = "tcp", feature = "tower"))]
mod layers;
mod modules;
#[cfg(feature = "tcp")]
mod observe;
#[cfg(feature = "tcp")]
mod pair;
mod piped;
mod pipeline;
mod request_streams;
mod spans;
mod typed;
#[cfg(feature = "tcp")]
mod wait;
