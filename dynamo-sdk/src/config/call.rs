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
        /// Seconds a call waits for an instance to appear.
        instance_wait: Duration = Duration::from_secs(5), "DYN_SDK_INSTANCE_WAIT_SECS";
        /// Seconds from the acknowledgement to the first item; 0 is off.
        first_item_timeout: Duration = Duration::from_secs(60), "DYN_SDK_FIRST_ITEM_TIMEOUT_SECS";
        /// Seconds of silence between two items; 0 is off.
        stream_timeout: Duration = Duration::from_secs(60), "DYN_HTTP_BACKEND_STREAM_TIMEOUT_SECS";
        /// Most instances a call is sent to, one after the other, when it certainly did not run; 1 is no
        /// second try.
        max_attempts: u32 = 3, "DYN_SDK_MAX_ATTEMPTS";
    }
}

impl CallSettings {
    /// Checks the values that must not be zero.
    pub(super) fn check(&self) -> Result<()> {
        not_zero("DYN_SDK_MAX_ATTEMPTS", self.max_attempts as usize)
    }
}
