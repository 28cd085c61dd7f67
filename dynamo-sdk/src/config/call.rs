//! Defaults of outgoing calls.

use std::time::Duration;

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::rules::not_zero;
use crate::config::value::Value;
use crate::error::Result;

settings! {
    /// Defaults of outgoing calls.
    CallSettings {
        /// Seconds that a call waits for an instance to appear.
        instance_wait: Duration = Duration::from_secs(5), "DYN_SDK_INSTANCE_WAIT_SECS";
        /// Maximum seconds from the acknowledgement to the first item. 0 disables the limit.
        first_item_timeout: Duration = Duration::from_secs(60), "DYN_SDK_FIRST_ITEM_TIMEOUT_SECS";
        /// Maximum seconds between two items. 0 disables the limit.
        stream_timeout: Duration = Duration::from_secs(60), "DYN_HTTP_BACKEND_STREAM_TIMEOUT_SECS";
        /// Maximum attempts per call, each on a different instance, for failures that are safe to retry. 1
        /// disables retries.
        max_attempts: u32 = 3, "DYN_SDK_MAX_ATTEMPTS";
    }
}

impl CallSettings {
    /// Rejects zero for settings that must be positive.
    pub(super) fn check(&self) -> Result<()> {
        not_zero("DYN_SDK_MAX_ATTEMPTS", self.max_attempts as usize)
    }
}
