//! Runtimes that reach each other, each time in another way.

use std::time::Duration;

use dynamo_harness::Nats;
use dynamo_sdk::config::{Codec, ConfigBuilder, DiscoveryBackend, RequestPlane};
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, LocalCluster, Runtime};
use tempfile::TempDir;

/// How the caller reaches the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// One runtime: straight to the engine.
    Direct,
    /// Two runtimes over the plane of a `LocalCluster`.
    Memory,
    /// Two runtimes over Dynamo's TCP planes, with file discovery.
    Tcp(Codec),
    /// Two runtimes over a NATS server, with file discovery.
    Nats,
}

/// Changes the settings of a runtime.
pub type Tune = fn(ConfigBuilder) -> ConfigBuilder;

/// Where runtimes of one setup meet.
pub struct World {
    setup: Setup,
    cluster: LocalCluster,
    dir: TempDir,
    nats: Option<Nats>,
}

impl World {
    pub async fn new(setup: Setup) -> Self {
        // The default of 1 MiB is a limit of requests, which is another test.
        let nats =
            if setup == Setup::Nats { Some(Nats::start_with("max_payload: 8388608").await) } else { None };
        Self { setup, cluster: LocalCluster::new(), dir: TempDir::new().unwrap(), nats }
    }

    /// A runtime of its own.
    pub async fn join(&self, tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> DistributedRuntime {
        let (runtime, config) = (Runtime::from_current().unwrap(), tune(self.config()).build().unwrap());
        match self.setup {
            Setup::Direct | Setup::Memory => self.cluster.join(runtime, config).unwrap(),
            Setup::Tcp(_) | Setup::Nats => DistributedRuntime::new(runtime, config).await.unwrap(),
        }
    }

    /// The settings of a runtime that meets the others.
    pub fn config(&self) -> ConfigBuilder {
        let config = Config::builder()
            .shutdown_converge(Duration::ZERO)
            .graceful_shutdown_timeout(Duration::from_secs(5))
            .shutdown_grace(Duration::from_secs(2));
        let files = |config: ConfigBuilder| {
            config.discovery_backend(DiscoveryBackend::File).file_kv(self.dir.path().to_owned())
        };
        match (self.setup, &self.nats) {
            (Setup::Tcp(codec), _) => files(config).request_plane_codec(codec),
            (Setup::Nats, Some(nats)) => {
                files(config).request_plane(RequestPlane::Nats).nats_server(nats.url())
            }
            _ => config,
        }
    }

    /// One runtime that serves and one that calls.
    pub async fn pair(&self, tune: Tune) -> (DistributedRuntime, DistributedRuntime) {
        let serving = self.join(tune).await;
        let calling = if self.setup == Setup::Direct { serving.clone() } else { self.join(tune).await };
        (serving, calling)
    }
}
