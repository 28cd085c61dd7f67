//! A worker and a caller in one process, that meet over a NATS server and a directory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub(crate) use dynamo_harness::LIMIT;
use dynamo_sdk::config::{ConfigBuilder, DiscoveryBackend, RequestPlane};
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, Runtime};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Say {
    pub(crate) text: String,
    pub(crate) n: u64,
}

#[component(namespace = "interop")]
pub(crate) struct Backend {
    running: Arc<AtomicUsize>,
}

/// Counts a handler for as long as it exists.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(running: &Arc<AtomicUsize>) -> Self {
        running.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(running))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[endpoints]
impl Backend {
    #[endpoint]
    async fn echo(&self, request: Say) -> Say {
        request
    }

    #[endpoint]
    async fn count(&self, request: Say) -> impl Stream<Item = u64> {
        stream::iter(0..request.n)
    }

    #[endpoint]
    async fn fail(&self, request: Say) -> impl Stream<Item = Result<u64, EndpointError>> {
        stream::iter([Ok(0), Err(EndpointError::invalid_request(request.text))])
    }

    #[endpoint]
    async fn endless(&self, request: Say) -> impl Stream<Item = u64> {
        let counted = Counted::new(&self.running);
        stream::iter(request.n..).then(move |n| {
            let _counted = &counted;
            async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                n
            }
        })
    }
}

/// Worker and caller. End it with [`end`](Self::end).
pub(crate) struct Deployment {
    pub(crate) worker: DistributedRuntime,
    pub(crate) caller: DistributedRuntime,
    pub(crate) serving: Option<Serving>,
    running: Arc<AtomicUsize>,
    _records: TempDir,
}

/// Settings that do not depend on the machine, for one that meets the others in `records`.
pub(crate) fn settings(records: &TempDir, url: &str) -> ConfigBuilder {
    Config::builder()
        .request_plane(RequestPlane::Nats)
        .nats_server(url)
        .nats_request_timeout(Duration::from_secs(2))
        .discovery_backend(DiscoveryBackend::File)
        .file_kv(Some(records.path().to_owned()))
        .shutdown_converge(Duration::ZERO)
        .max_attempts(1_u32)
}

pub(crate) async fn join(config: ConfigBuilder) -> Result<DistributedRuntime> {
    DistributedRuntime::new(Runtime::from_current()?, config.build()?).await
}

impl Deployment {
    pub(crate) async fn start(url: &str) -> Self {
        Self::between(url, url, |config| config).await
    }

    /// Worker and caller that reach the server by different ways.
    pub(crate) async fn between(
        worker: &str,
        caller: &str,
        also: impl Fn(ConfigBuilder) -> ConfigBuilder,
    ) -> Self {
        let records = tempfile::tempdir().unwrap();
        let worker = join(also(settings(&records, worker))).await.unwrap();
        let caller = join(also(settings(&records, caller))).await.unwrap();
        let running = Arc::default();
        let mut here = Self { worker, caller, serving: None, running, _records: records };
        here.serve().await;
        here
    }

    pub(crate) async fn serve(&mut self) {
        let backend = Backend { running: Arc::clone(&self.running) };
        self.serving = Some(self.worker.serve(backend).start().await.unwrap());
    }

    pub(crate) async fn client(&self) -> BackendClient {
        BackendClient::connect(&self.caller).await.unwrap()
    }

    pub(crate) fn subject(&self, endpoint: &str) -> String {
        format!("interop_backend.{endpoint}-{}", self.worker.instance_id())
    }

    /// How many endless handlers there are.
    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    pub(crate) async fn end(self) {
        self.caller.shutdown().await;
        self.worker.shutdown().await;
    }
}
