//! Settings of thread pools and shutdown.

use std::time::Duration;

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::value::Value;
use crate::error::Result;

settings! {
    /// Settings of thread pools and shutdown.
    RuntimeSettings {
        /// Threads of the primary pool. 0 starts one per core.
        num_worker_threads: usize = 0, "DYN_RUNTIME_NUM_WORKER_THREADS";
        /// Maximum threads for blocking work. 0 means 512.
        max_blocking_threads: usize = 0, "DYN_RUNTIME_MAX_BLOCKING_THREADS";
        /// Threads of the secondary pool.
        secondary_threads: usize = 1, "DYN_SDK_SECONDARY_THREADS";
        /// Seconds to keep accepting calls after deregistration, so that callers can notice it.
        shutdown_converge: Duration = Duration::from_millis(250), "DYN_SDK_SHUTDOWN_CONVERGE_SECS";
        /// Seconds to wait at shutdown for calls in flight before they are stopped.
        graceful_shutdown_timeout: Duration = Duration::from_secs(900), "DYN_RUNTIME_GRACEFUL_SHUTDOWN_TIMEOUT_SECS";
        /// Seconds that stopped calls have to finish before they are killed; killed calls get as long again.
        shutdown_grace: Duration = Duration::from_secs(2), "DYN_SDK_SHUTDOWN_GRACE_SECS";
    }
}
