//! Settings of the response plane.

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::rules::not_zero;
use crate::config::value::Value;
use crate::error::Result;

settings! {
    /// Settings of the response plane.
    ResponseSettings {
        /// Address or interface the response listener uses. Unset: as for the request port.
        tcp_response_stream_host: Option<String> = None, "DYN_TCP_RESPONSE_STREAM_HOST";
        /// Port for response streams; 0 lets the system choose.
        tcp_response_stream_port: u16 = 0, "DYN_TCP_RESPONSE_STREAM_PORT";
        /// Address (`host` or `host:port`) to give to workers instead of the one listened on.
        tcp_response_stream_advertise: Option<String> = None, "DYN_SDK_TCP_RESPONSE_ADVERTISE";
        /// Connections that the system holds until they are accepted.
        tcp_listen_backlog: u32 = 4096, "DYN_TCP_LISTEN_BACKLOG";
        /// Largest item of a response in bytes.
        max_item_size: usize = 1 << 30, "DYN_SDK_MAX_ITEM_SIZE";
    }
}

impl ResponseSettings {
    /// Checks the values that must not be zero.
    pub(super) fn check(&self) -> Result<()> {
        not_zero("DYN_SDK_MAX_ITEM_SIZE", self.max_item_size)
    }
}
