//! What a runtime reports of itself, as numbers.

use dynamo_sdk::prelude::*;

/// The number that `runtime` reports as `name`; 0 for `awaited` where its plane awaits nothing.
///
/// # Panics
/// If it reports no such number.
#[must_use]
pub fn gauge(runtime: &DistributedRuntime, name: &str) -> u64 {
    let text = format!("{runtime:?}");
    let Some((_, rest)) = text.split_once(&format!("{name}: ")) else {
        assert_eq!(name, "awaited", "{text}");
        return 0;
    };
    rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// Calls that the endpoints of `runtime` work on.
#[must_use]
pub fn in_flight(runtime: &DistributedRuntime) -> u64 {
    gauge(runtime, "in_flight")
}
