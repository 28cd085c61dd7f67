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
        /// Seconds between two looks at the health of what is served, and until a canary is sent to an
        /// endpoint without traffic.
        canary_wait_time: Duration = Duration::from_secs(10), "DYN_CANARY_WAIT_TIME";
        /// Seconds that a canary or a health hook has to answer.
        health_check_request_timeout: Duration = Duration::from_secs(3), "DYN_HEALTH_CHECK_REQUEST_TIMEOUT";
    }
}

impl HealthSettings {
    /// Checks the values that must not be zero.
    pub(super) fn check(&self) -> Result<()> {
        more_than_zero("DYN_CANARY_WAIT_TIME", self.canary_wait_time)?;
        more_than_zero("DYN_HEALTH_CHECK_REQUEST_TIMEOUT", self.health_check_request_timeout)
    }
}
