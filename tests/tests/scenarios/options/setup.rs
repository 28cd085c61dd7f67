//! Two runtimes that reach each other in memory or over TCP with file discovery.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, ConfigBuilder, DiscoveryBackend, LocalCluster, Runtime};
use dynamo_tests::eventually;
use tempfile::TempDir;

/// How the caller reaches the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    Memory,
    Tcp,
}

/// Long enough for anything that is meant to happen.
pub(crate) const SOON: Duration = Duration::from_secs(5);

/// Where runtimes of one setup meet.
pub(crate) struct World {
    setup: Setup,
    cluster: LocalCluster,
    dir: TempDir,
}

impl World {
    pub(crate) fn new(setup: Setup) -> Self {
        Self { setup, cluster: LocalCluster::new(), dir: TempDir::new().unwrap() }
    }

    pub(crate) async fn join(&self) -> DistributedRuntime {
        self.tuned(|config| config).await
    }

    /// A runtime of its own.
    pub(crate) async fn tuned(&self, tune: fn(ConfigBuilder) -> ConfigBuilder) -> DistributedRuntime {
        let config = Config::builder()
            .shutdown_converge(Duration::ZERO)
            .graceful_shutdown_timeout(Duration::from_millis(300))
            .shutdown_grace(Duration::from_secs(2));
        let runtime = Runtime::from_current().unwrap();
        match self.setup {
            Setup::Memory => self.cluster.join(runtime, tune(config).build().unwrap()).unwrap(),
            Setup::Tcp => {
                let config =
                    config.discovery_backend(DiscoveryBackend::File).file_kv(self.dir.path().to_owned());
                DistributedRuntime::new(runtime, tune(config).build().unwrap()).await.unwrap()
            }
        }
    }
}

/// What became of the handlers of a component.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Counts>);

#[derive(Default)]
struct Counts {
    begun: AtomicUsize,
    finished: AtomicUsize,
    stopped: AtomicUsize,
    ended: AtomicUsize,
}

impl Journal {
    /// Notes that a handler runs, until the result is dropped.
    pub(crate) fn begin(&self) -> Visit {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        Visit(self.clone())
    }

    pub(crate) fn begun(&self) -> usize {
        self.0.begun.load(Ordering::SeqCst)
    }

    pub(crate) fn finished(&self) -> usize {
        self.0.finished.load(Ordering::SeqCst)
    }

    pub(crate) fn stopped(&self) -> usize {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Waits until `count` handlers have begun.
    pub(crate) async fn has_begun(&self, count: usize) {
        eventually(SOON, "handlers that begin", async || self.begun() == count).await;
    }

    /// Waits until no handler is left of those that have begun.
    pub(crate) async fn is_over(&self) {
        eventually(SOON, "the end of the handlers", async || {
            self.0.ended.load(Ordering::SeqCst) == self.begun()
        })
        .await;
    }
}

/// A handler that runs.
pub(crate) struct Visit(Journal);

impl Visit {
    pub(crate) fn stopped(&self) {
        self.0.0.stopped.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn finished(self) {
        self.0.0.finished.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}
