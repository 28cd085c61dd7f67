//! What must be zero again once nothing is left.

use dynamo_sdk::prelude::*;

/// Calls that the endpoints of `runtime` work on.
#[must_use]
pub fn in_flight(runtime: &DistributedRuntime) -> u64 {
    runtime.metrics().requests().in_flight
}

/// Calls of `runtime` that wait for their instance.
#[must_use]
pub fn pending(runtime: &DistributedRuntime) -> u64 {
    count(runtime.pending_calls())
}

/// Tasks of `runtime`.
#[must_use]
pub fn tasks(runtime: &DistributedRuntime) -> u64 {
    count(runtime.runtime().tasks())
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
