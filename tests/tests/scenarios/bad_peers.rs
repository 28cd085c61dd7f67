//! Peers that break the protocol, die or lie: raw sockets against our ports, and workers written by hand.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod answers;
mod callers;
mod golden;
mod idempotent;
mod list;
mod list_of_callers;
mod list_of_workers;
mod noise;
mod refusals;
mod rolling;
mod stream_callers;
mod stream_workers;
mod streams;
mod wire;
mod worker;
