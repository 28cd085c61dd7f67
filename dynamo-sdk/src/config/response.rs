//! Settings of the response plane.

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::rules::not_zero;
use crate::config::value::Value;
use crate::error::Result;

settings! {
    /// Settings of the response plane.
    ResponseSettings {
        /// Address or interface that the response port listens on. Unset: as for the request port.
        tcp_response_stream_host: Option<String> = None, "DYN_TCP_RESPONSE_STREAM_HOST";
        /// Response port. 0 picks a free port.
        tcp_response_stream_port: u16 = 0, "DYN_TCP_RESPONSE_STREAM_PORT";
        /// Address (`host` or `host:port`) to advertise to workers instead of the listening address.
        tcp_response_stream_advertise: Option<String> = None, "DYN_SDK_TCP_RESPONSE_ADVERTISE";
        /// Maximum connections waiting to be accepted (listen backlog).
        tcp_listen_backlog: u32 = 4096, "DYN_TCP_LISTEN_BACKLOG";
        /// Maximum size in bytes of a response item, and of each request in a stream of requests.
        max_item_size: usize = 1 << 30, "DYN_SDK_MAX_ITEM_SIZE";
    }
}

impl ResponseSettings {
    /// Rejects zero for settings that must be positive.
    pub(super) fn check(&self) -> Result<()> {
        not_zero("DYN_SDK_MAX_ITEM_SIZE", self.max_item_size)
    }
}
