//! Settings of the thread pools and of the shutdown.

use std::time::Duration;

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::value::Value;
use crate::error::Result;

settings! {
    /// Settings of the thread pools and of the shutdown.
    RuntimeSettings {
        /// Threads of the primary pool; 0 is one for each core.
        num_worker_threads: usize = 0, "DYN_RUNTIME_NUM_WORKER_THREADS";
        /// Most threads for blocking work; 0 is 512.
        max_blocking_threads: usize = 0, "DYN_RUNTIME_MAX_BLOCKING_THREADS";
        /// Threads of the secondary pool.
        secondary_threads: usize = 1, "DYN_SDK_SECONDARY_THREADS";
        /// Seconds to go on accepting calls after the records were taken away, while callers notice.
        shutdown_converge: Duration = Duration::from_millis(250), "DYN_SDK_SHUTDOWN_CONVERGE_SECS";
        /// Seconds to wait for calls in flight at shutdown before they are stopped.
        graceful_shutdown_timeout: Duration = Duration::from_secs(900), "DYN_RUNTIME_GRACEFUL_SHUTDOWN_TIMEOUT_SECS";
        /// Seconds that stopped calls have to end, and again that killed ones have.
        shutdown_grace: Duration = Duration::from_secs(2), "DYN_SDK_SHUTDOWN_GRACE_SECS";
    }
}
