//! What users write and the SDK promises them, in one process and without a server.
#![cfg(feature = "macros")]

mod composition;
mod contract;
mod describe;
mod doubles;
mod entry;
mod identity;
mod piped;
mod pipeline;
mod request_streams;
mod typed;
