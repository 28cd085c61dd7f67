//! Settings of discovery: the backend, etcd and the file store.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::rules::{at_least, invalid, url};
use crate::config::secret::Secret;
use crate::config::value::Value;
use crate::error::Result;

/// Where instances are registered and found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiscoveryBackend {
    /// A cluster: etcd, at `ETCD_ENDPOINTS`.
    Etcd,
    /// Several processes of one machine: the directory `DYN_FILE_KV`.
    File,
    /// One process.
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
    /// Settings of discovery, whichever backend is used.
    DiscoverySettings {
        /// Where instances are registered: `etcd`, `file` or `mem`. Unset: etcd if `ETCD_ENDPOINTS` is set,
        /// else file.
        discovery_backend: Option<DiscoveryBackend> = None, "DYN_DISCOVERY_BACKEND";
        /// URLs of the etcd cluster, separated by commas. Unset: `http://localhost:2379`.
        etcd_endpoints: Vec<String> = Vec::new(), "ETCD_ENDPOINTS";
        /// Seconds until the records of a dead process disappear from etcd.
        etcd_lease_ttl: Duration = Duration::from_secs(30), "ETCD_LEASE_TTL";
        /// Seconds to wait for etcd at start before giving up.
        etcd_startup_connect_timeout: Duration = Duration::from_secs(120), "ETCD_STARTUP_CONNECT_TIMEOUT_SECONDS";
        /// Seconds between HTTP/2 pings on the etcd connection; 0 is off.
        etcd_keepalive_interval: Duration = Duration::from_secs(15), "ETCD_KEEPALIVE_INTERVAL_SECONDS";
        /// Seconds to wait for the answer to such a ping before the connection counts as dead.
        etcd_keepalive_timeout: Duration = Duration::from_secs(10), "ETCD_KEEPALIVE_TIMEOUT_SECONDS";
        /// User name at etcd.
        etcd_auth_username: Option<String> = None, "ETCD_AUTH_USERNAME";
        /// Password at etcd.
        etcd_auth_password: Option<Secret> = None, "ETCD_AUTH_PASSWORD";
        /// Directory of file discovery. Unset: `dynamo_store_kv` in the directory for temporary files.
        file_kv: Option<PathBuf> = None, "DYN_FILE_KV";
        /// Seconds after which file discovery takes a process without a sign of life for dead. All processes
        /// that share the directory must agree; Dynamo's is 10.
        file_ttl: Duration = Duration::from_secs(10), "DYN_SDK_FILE_TTL_SECS";
    }
}

impl DiscoverySettings {
    /// Returns the backend in effect.
    pub(crate) fn backend(&self) -> DiscoveryBackend {
        self.discovery_backend.unwrap_or(if self.etcd_endpoints.is_empty() {
            DiscoveryBackend::File
        } else {
            DiscoveryBackend::Etcd
        })
    }

    /// Returns the directory of file discovery in effect.
    pub(crate) fn file_root(&self) -> PathBuf {
        self.file_kv.clone().unwrap_or_else(|| std::env::temp_dir().join("dynamo_store_kv"))
    }

    /// Returns the etcd URLs in effect.
    pub(crate) fn etcd_urls(&self) -> Vec<String> {
        if self.etcd_endpoints.is_empty() {
            vec!["http://localhost:2379".to_owned()]
        } else {
            self.etcd_endpoints.clone()
        }
    }

    /// Checks the rules between these settings.
    pub(super) fn check(&self) -> Result<()> {
        if self.backend() == DiscoveryBackend::Etcd {
            for endpoint in self.etcd_urls() {
                url("ETCD_ENDPOINTS", &endpoint, &["http", "https"])?;
            }
            if self.etcd_auth_username.is_some() != self.etcd_auth_password.is_some() {
                return Err(invalid("set both ETCD_AUTH_USERNAME and ETCD_AUTH_PASSWORD, or neither"));
            }
        }
        at_least("ETCD_LEASE_TTL", self.etcd_lease_ttl, 1)?;
        at_least("DYN_SDK_FILE_TTL_SECS", self.file_ttl, 1)
    }
}
