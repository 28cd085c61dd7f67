//! Peers that break the protocol, die or lie: raw sockets against our ports, and workers written by hand.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "bad_peers/answers.rs"]
mod answers;
#[path = "bad_peers/callers.rs"]
mod callers;
#[path = "bad_peers/golden.rs"]
mod golden;
#[path = "bad_peers/idempotent.rs"]
mod idempotent;
#[path = "bad_peers/list.rs"]
mod list;
#[path = "bad_peers/list_of_callers.rs"]
mod list_of_callers;
#[path = "bad_peers/list_of_workers.rs"]
mod list_of_workers;
#[path = "bad_peers/noise.rs"]
mod noise;
#[path = "bad_peers/refusals.rs"]
mod refusals;
#[path = "bad_peers/rolling.rs"]
mod rolling;
#[path = "bad_peers/stream_callers.rs"]
mod stream_callers;
#[path = "bad_peers/stream_workers.rs"]
mod stream_workers;
#[path = "bad_peers/streams.rs"]
mod streams;
#[path = "bad_peers/wire.rs"]
mod wire;
#[path = "bad_peers/worker.rs"]
mod worker;
