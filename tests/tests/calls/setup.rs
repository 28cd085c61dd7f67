//! What the suite runs on: two runtimes that reach each other, each time in another way.

use std::time::Duration;

use dynamo_sdk::prelude::*;
use dynamo_sdk::{
    Codec, Config, ConfigBuilder, DiscoveryBackend, EndpointName, LocalCluster, RequestPlane, Runtime,
};
use dynamo_tests::{Nats, within};
use tempfile::TempDir;

use crate::lab::{Journal, Lab, LabClient};

/// How the caller reaches the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
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
pub(crate) type Tune = fn(ConfigBuilder) -> ConfigBuilder;

/// Where runtimes of one setup meet.
pub(crate) struct World {
    setup: Setup,
    cluster: LocalCluster,
    dir: TempDir,
    nats: Option<Nats>,
}

impl World {
    pub(crate) async fn new(setup: Setup) -> Self {
        // The default of 1 MiB is a limit of requests, which is another test.
        let nats =
            if setup == Setup::Nats { Some(Nats::start_with("max_payload: 8388608").await) } else { None };
        Self { setup, cluster: LocalCluster::new(), dir: TempDir::new().unwrap(), nats }
    }

    /// A runtime of its own.
    pub(crate) async fn join(&self, tune: Tune) -> DistributedRuntime {
        let config = tune(
            Config::builder()
                .shutdown_converge(Duration::ZERO)
                .graceful_shutdown_timeout(Duration::from_secs(5))
                .shutdown_grace(Duration::from_secs(2)),
        );
        let runtime = Runtime::from_current().unwrap();
        match self.setup {
            Setup::Nats => {
                let server = self.nats.as_ref().map(Nats::url).unwrap();
                let config = config
                    .discovery_backend(DiscoveryBackend::File)
                    .file_kv(self.dir.path().to_owned())
                    .request_plane(RequestPlane::Nats)
                    .nats_server(server);
                DistributedRuntime::new(runtime, config.build().unwrap()).await.unwrap()
            }
            Setup::Direct | Setup::Memory => self.cluster.join(runtime, config.build().unwrap()).unwrap(),
            Setup::Tcp(codec) => {
                let config = config
                    .discovery_backend(DiscoveryBackend::File)
                    .file_kv(self.dir.path().to_owned())
                    .request_plane_codec(codec);
                DistributedRuntime::new(runtime, config.build().unwrap()).await.unwrap()
            }
        }
    }

    /// One runtime that serves and one that calls.
    pub(crate) async fn pair(&self, tune: Tune) -> (DistributedRuntime, DistributedRuntime) {
        let serving = self.join(tune).await;
        let calling = if self.setup == Setup::Direct { serving.clone() } else { self.join(tune).await };
        (serving, calling)
    }
}

/// A served lab, and a client of it.
pub(crate) struct Bench {
    pub(crate) setup: Setup,
    pub(crate) lab: LabClient,
    pub(crate) journal: Journal,
    pub(crate) serving: Serving,
    pub(crate) server: DistributedRuntime,
    pub(crate) caller: DistributedRuntime,
    pub(crate) world: World,
}

impl Bench {
    pub(crate) async fn new(setup: Setup) -> Self {
        Self::tuned(setup, |config| config).await
    }

    pub(crate) async fn tuned(setup: Setup, tune: Tune) -> Self {
        let world = World::new(setup).await;
        let (server, caller) = world.pair(tune).await;
        let journal = Journal::default();
        let inside = std::sync::Arc::default();
        let lab = Lab::new(journal.clone(), std::sync::Arc::clone(&inside));
        let serving = server.serve(lab).start().await.unwrap();
        let lab = LabClient::connect(&caller).await.unwrap();
        inside.set(lab.clone()).ok().unwrap();
        lab.wait_ready(1, Duration::from_secs(5)).await.unwrap();
        Self { setup, lab, journal, serving, server, caller, world }
    }

    /// A second worker of the same component, with a journal of its own.
    pub(crate) async fn another(&self, tune: Tune) -> (DistributedRuntime, Serving, Journal) {
        let (runtime, journal) = (self.world.join(tune).await, Journal::default());
        let serving = runtime.serve(Lab::new(journal.clone(), Default::default())).start().await.unwrap();
        // Records arrive one by one, and `wait_ready` is content with the first of a process.
        for endpoint in ["fail", "count", "play", "unit"] {
            let mut list = self.lab.watch(&EndpointName::from_static(endpoint));
            let known = list.wait_for(|list| list.get(runtime.instance_id()).is_some());
            within(Duration::from_secs(5), "the second worker", known).await.unwrap();
        }
        (runtime, serving, journal)
    }

    /// Whether responses come over sockets.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self.setup, Setup::Tcp(_) | Setup::Nats)
    }
}
