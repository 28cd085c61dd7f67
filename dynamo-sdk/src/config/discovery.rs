//! Settings of discovery: backend, etcd and file store.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::rules::{at_least, invalid, url};
use crate::config::secret::Secret;
use crate::config::server_url::ServerUrls;
use crate::config::value::Value;
use crate::error::Result;

/// The service registry that instances register in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiscoveryBackend {
    /// etcd at `ETCD_ENDPOINTS`, for a cluster.
    Etcd,
    /// Files in the directory `DYN_FILE_KV`, for the processes of one machine.
    File,
    /// The memory of one process.
    Memory,
}

impl Value for DiscoveryBackend {
    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "etcd" => Ok(Self::Etcd),
            "file" => Ok(Self::File),
            "mem" | "memory" => Ok(Self::Memory),
            _ => Err("etcd, file or mem".to_owned()),
        }
    }
    fn show(&self) -> String {
        match self {
            Self::Etcd => "etcd",
            Self::File => "file",
            Self::Memory => "mem",
        }
        .to_owned()
    }
}

settings! {
    /// Settings of all discovery backends.
    DiscoverySettings {
        /// Discovery backend: `etcd`, `file` or `mem`. Unset: etcd if `ETCD_ENDPOINTS` is set, else file.
        discovery_backend: Option<DiscoveryBackend> = None, "DYN_DISCOVERY_BACKEND";
        /// Comma-separated URLs of the etcd cluster. Unset: `http://localhost:2379`.
        etcd_endpoints: ServerUrls = ServerUrls::default(), "ETCD_ENDPOINTS";
        /// TTL of the etcd lease in seconds: the records of a dead process expire after it.
        etcd_lease_ttl: Duration = Duration::from_secs(30), "ETCD_LEASE_TTL";
        /// Seconds to retry the connection to etcd at startup before failing.
        etcd_startup_connect_timeout: Duration = Duration::from_secs(120), "ETCD_STARTUP_CONNECT_TIMEOUT_SECONDS";
        /// Seconds between HTTP/2 pings on the etcd connection. 0 disables them.
        etcd_keepalive_interval: Duration = Duration::from_secs(15), "ETCD_KEEPALIVE_INTERVAL_SECONDS";
        /// Seconds to wait for the response to a ping before the etcd connection is considered dead.
        etcd_keepalive_timeout: Duration = Duration::from_secs(10), "ETCD_KEEPALIVE_TIMEOUT_SECONDS";
        /// User name for etcd.
        etcd_auth_username: Option<String> = None, "ETCD_AUTH_USERNAME";
        /// Password for etcd.
        etcd_auth_password: Option<Secret> = None, "ETCD_AUTH_PASSWORD";
        /// Directory of file discovery. Unset: `dynamo_store_kv` in the temporary directory.
        file_kv: Option<PathBuf> = None, "DYN_FILE_KV";
        /// Seconds without a heartbeat before file discovery considers a process dead. All processes that
        /// share the directory need the same value; Dynamo uses 10.
        file_ttl: Duration = Duration::from_secs(10), "DYN_SDK_FILE_TTL_SECS";
    }
}

impl DiscoverySettings {
    /// Returns the effective backend.
    pub(crate) fn backend(&self) -> DiscoveryBackend {
        self.discovery_backend.unwrap_or(if self.etcd_endpoints.is_empty() {
            DiscoveryBackend::File
        } else {
            DiscoveryBackend::Etcd
        })
    }

    /// Returns the effective directory of file discovery.
    pub(crate) fn file_root(&self) -> PathBuf {
        self.file_kv.clone().unwrap_or_else(|| std::env::temp_dir().join("dynamo_store_kv"))
    }

    /// Returns the effective etcd URLs.
    pub(crate) fn etcd_urls(&self) -> ServerUrls {
        if self.etcd_endpoints.is_empty() {
            ServerUrls::from("http://localhost:2379")
        } else {
            self.etcd_endpoints.clone()
        }
    }

    /// Validates the group.
    pub(super) fn check(&self) -> Result<()> {
        if self.backend() == DiscoveryBackend::Etcd {
            for endpoint in &self.etcd_urls() {
                url("ETCD_ENDPOINTS", endpoint, &["http", "https"])?;
            }
            if self.etcd_auth_username.is_some() != self.etcd_auth_password.is_some() {
                return Err(invalid("set both ETCD_AUTH_USERNAME and ETCD_AUTH_PASSWORD, or neither"));
            }
        }
        at_least("ETCD_LEASE_TTL", self.etcd_lease_ttl, 1)?;
        at_least("DYN_SDK_FILE_TTL_SECS", self.file_ttl, 1)
    }
}
