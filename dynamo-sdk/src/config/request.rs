//! Settings of the request plane and of admission control.

use std::time::Duration;

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::rules::{more_than_zero, not_zero};
use crate::config::value::Value;
use crate::error::Result;
use crate::wire::codec::Codec;

/// The transport of requests between processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestPlane {
    /// Dynamo's TCP request plane.
    Tcp,
    /// Dynamo's NATS request plane.
    Nats,
}

impl Value for RequestPlane {
    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "tcp" => Ok(Self::Tcp),
            "nats" => Ok(Self::Nats),
            _ => Err("tcp or nats".to_owned()),
        }
    }
    fn show(&self) -> String {
        match self {
            Self::Tcp => "tcp",
            Self::Nats => "nats",
        }
        .to_owned()
    }
}

impl Value for Codec {
    fn parse(text: &str) -> Result<Self, String> {
        text.to_ascii_lowercase().parse().map_err(|_| "msgpack or json".to_owned())
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

settings! {
    /// Settings of the request plane and of admission control.
    RequestSettings {
        /// Transport of requests between processes: `tcp` or `nats`.
        request_plane: RequestPlane = RequestPlane::Tcp, "DYN_REQUEST_PLANE";
        /// Payload codec that this process registers for its callers: `msgpack` or `json`.
        request_plane_codec: Codec = Codec::MsgPack, "DYN_REQUEST_PLANE_CODEC";
        /// Address or interface that the request port listens on. Unset: loopback with file and memory
        /// discovery, else the local address used to reach etcd.
        tcp_rpc_host: Option<String> = None, "DYN_TCP_RPC_HOST";
        /// Request port. 0 picks a free port.
        tcp_rpc_port: u16 = 0, "DYN_TCP_RPC_PORT";
        /// Address (`ip` or `ip:port`) to advertise instead of the listening address.
        tcp_rpc_advertise: Option<String> = None, "DYN_SDK_TCP_RPC_ADVERTISE";
        /// Maximum request message in bytes, for client and server.
        tcp_max_message_size: usize = 33_554_432, "DYN_TCP_MAX_MESSAGE_SIZE";
        /// Seconds to wait for the acknowledgement of a request over TCP.
        tcp_request_timeout: Duration = Duration::from_secs(5), "DYN_TCP_REQUEST_TIMEOUT";
        /// Timeout in seconds for connecting to an instance, or back to a caller.
        tcp_connect_timeout: Duration = Duration::from_secs(5), "DYN_TCP_CONNECT_TIMEOUT";
        /// Maximum connections per instance.
        tcp_pool_size: usize = 100, "DYN_TCP_POOL_SIZE";
        /// Maximum unacknowledged requests per connection.
        tcp_channel_buffer: usize = 1024, "DYN_TCP_CHANNEL_BUFFER";
        /// Seconds before an idle connection is closed.
        tcp_host_idle_ttl: Duration = Duration::from_secs(300), "DYN_TCP_HOST_IDLE_TTL_SECS";
        /// Maximum requests that this process handles concurrently.
        max_concurrent_calls: usize = 10_000, "DYN_TCP_WORKER_POOL_SIZE";
        /// Maximum queued requests; further requests are rejected as overloaded.
        max_queued_calls: usize = 40_000, "DYN_TCP_WORK_QUEUE_SIZE";
    }
}

impl RequestSettings {
    /// Rejects zero for settings that must be positive.
    pub(super) fn check(&self) -> Result<()> {
        more_than_zero("DYN_TCP_CONNECT_TIMEOUT", self.tcp_connect_timeout)?;
        more_than_zero("DYN_TCP_REQUEST_TIMEOUT", self.tcp_request_timeout)?;
        not_zero("DYN_TCP_POOL_SIZE", self.tcp_pool_size)?;
        not_zero("DYN_TCP_CHANNEL_BUFFER", self.tcp_channel_buffer)?;
        not_zero("DYN_TCP_WORKER_POOL_SIZE", self.max_concurrent_calls)?;
        not_zero("DYN_TCP_MAX_MESSAGE_SIZE", self.tcp_max_message_size)
    }
}
