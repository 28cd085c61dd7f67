//! Settings of health checks.

use std::time::Duration;

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::rules::more_than_zero;
use crate::config::value::Value;
use crate::error::Result;

settings! {
    /// Settings of health checks.
    HealthSettings {
        /// Seconds between health checks; also the idle time after which an endpoint is sent a canary.
        canary_wait_time: Duration = Duration::from_secs(10), "DYN_CANARY_WAIT_TIME";
        /// Timeout of canaries and `#[health]` hooks in seconds.
        health_check_request_timeout: Duration = Duration::from_secs(3), "DYN_HEALTH_CHECK_REQUEST_TIMEOUT";
    }
}

impl HealthSettings {
    /// Rejects zero for settings that must be positive.
    pub(super) fn check(&self) -> Result<()> {
        more_than_zero("DYN_CANARY_WAIT_TIME", self.canary_wait_time)?;
        more_than_zero("DYN_HEALTH_CHECK_REQUEST_TIMEOUT", self.health_check_request_timeout)
    }
}
