//! Opens the configured discovery backend.

use std::sync::Arc;

use crate::address::ids::InstanceId;
use crate::config::Config;
use crate::config::discovery::DiscoveryBackend;
use crate::config::rules::not_built_in;
use crate::discovery::contract::Discovery;
#[cfg(feature = "etcd")]
use crate::discovery::etcd::EtcdDiscovery;
use crate::discovery::file::FileDiscovery;
use crate::discovery::memory::MemoryStore;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::runtime::Runtime;

/// What selects etcd, for errors.
const ETCD: &str = "etcd discovery (DYN_DISCOVERY_BACKEND=etcd, or ETCD_ENDPOINTS is set)";

/// Checks that this build has the backend selected by `config`.
///
/// # Errors
/// [`ErrorKind::Invalid`] naming the variables and the feature.
pub(crate) fn check(config: &Config) -> Result<()> {
    match config.discovery() {
        DiscoveryBackend::Etcd if !cfg!(feature = "etcd") => Err(not_built_in(ETCD, "etcd")),
        _ => Ok(()),
    }
}

/// Opens the backend selected by `config`, as the member `id`. A memory backend opened this way is a
/// separate store; to share one, use [`MemoryStore::join`].
///
/// # Errors
/// [`ErrorKind::Unreachable`] if etcd does not answer within its startup limit, [`ErrorKind::Denied`] if
/// it rejects the credentials, [`ErrorKind::Invalid`] if a setting is invalid,
/// [`ErrorKind::ShuttingDown`] if the runtime is shutting down.
///
/// # Cancel safety
/// Dropping the future opens nothing; a lease taken in the meantime expires.
pub async fn open(runtime: &Runtime, config: &Config, id: InstanceId) -> Result<Arc<dyn Discovery>> {
    match config.discovery() {
        DiscoveryBackend::Memory => Ok(Arc::new(MemoryStore::new().join(id))),
        DiscoveryBackend::File => Ok(FileDiscovery::open(runtime, &config.discovery, id).await?),
        #[cfg(feature = "etcd")]
        DiscoveryBackend::Etcd => Ok(EtcdDiscovery::connect(runtime, &config.discovery, id).await?),
        #[cfg(not(feature = "etcd"))]
        DiscoveryBackend::Etcd => Err(not_built_in(ETCD, "etcd")),
    }
}
