//! Settings of the NATS connection.

use std::time::Duration;

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::rules::{invalid, more_than_zero, url};
use crate::config::secret::Secret;
use crate::config::server_url::ServerUrls;
use crate::config::value::Value;
use crate::error::Result;

settings! {
    /// Settings of the NATS connection, shared by requests and events.
    NatsSettings {
        /// Comma-separated URLs of the NATS servers, `nats://` or `tls://`.
        nats_server: ServerUrls = ServerUrls::from("nats://localhost:4222"), "NATS_SERVER";
        /// User name for NATS.
        nats_auth_username: Option<String> = None, "NATS_AUTH_USERNAME";
        /// Password for NATS.
        nats_auth_password: Option<Secret> = None, "NATS_AUTH_PASSWORD";
        /// Token for NATS.
        nats_auth_token: Option<Secret> = None, "NATS_AUTH_TOKEN";
        /// Seconds to wait for the acknowledgement of a request over NATS.
        nats_request_timeout: Duration = Duration::from_secs(10), "DYN_NATS_REQUEST_TIMEOUT_SECS";
        /// Seconds to retry the connection to NATS at startup before failing.
        nats_startup_connect_timeout: Duration = Duration::from_secs(120), "NATS_STARTUP_CONNECT_TIMEOUT_SECONDS";
    }
}

impl NatsSettings {
    /// Validates the group. Checks the URL only if a plane uses NATS.
    pub(super) fn check(&self, used: bool) -> Result<()> {
        if used {
            if self.nats_server.is_empty() {
                return Err(invalid("NATS_SERVER is empty; set it to nats://HOST:PORT"));
            }
            for server in &self.nats_server {
                url("NATS_SERVER", server, &["nats", "tls"])?;
            }
        }
        more_than_zero("DYN_NATS_REQUEST_TIMEOUT_SECS", self.nats_request_timeout)
    }
}
