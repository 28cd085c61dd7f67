//! A runtime that serves and one that calls.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use dynamo_sdk::config::DiscoveryBackend;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, LocalCluster, Runtime};
use tempfile::TempDir;

pub(crate) struct Pair {
    pub(crate) server: DistributedRuntime,
    pub(crate) client: DistributedRuntime,
    _dir: TempDir,
}

impl Pair {
    /// Joins two of `runtimes`: in one process, or with sockets between them.
    pub(crate) async fn new(tcp: bool, runtimes: impl Fn() -> Runtime) -> Self {
        let (dir, cluster) = (TempDir::new().unwrap(), LocalCluster::new());
        let join = async || {
            let config =
                Config::builder().shutdown_converge(Duration::ZERO).shutdown_grace(Duration::from_secs(2));
            if tcp {
                let config = config.discovery_backend(DiscoveryBackend::File).file_kv(dir.path().to_owned());
                DistributedRuntime::new(runtimes(), config.build().unwrap()).await.unwrap()
            } else {
                cluster.join(runtimes(), config.build().unwrap()).unwrap()
            }
        };
        let (server, client) = (join().await, join().await);
        Self { server, client, _dir: dir }
    }

    pub(crate) async fn end(self) {
        self.client.shutdown().await;
        self.server.shutdown().await;
    }
}
