//! Where both sides meet, and over what they talk.

use std::time::Duration;

use dynamo_harness::{Etcd, Nats, Program};
use dynamo_sdk::config::{Codec, ConfigBuilder, DiscoveryBackend, RequestPlane};
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, Runtime};
use tempfile::TempDir;

/// Those that a test needs.
#[derive(Default)]
pub(crate) struct Servers {
    etcd: Option<Etcd>,
    nats: Option<Nats>,
}

impl Servers {
    pub(crate) async fn start() -> Self {
        // The default would keep the large requests out: NATS has its own limit, 1 MiB.
        let (etcd, nats) = tokio::join!(Etcd::start(), Nats::start_with("max_payload: 33554432"));
        Self { etcd: Some(etcd), nats: Some(nats) }
    }

    /// For places with file discovery.
    pub(crate) async fn only_nats() -> Self {
        Self { nats: Some(Nats::start().await), ..Self::default() }
    }

    pub(crate) fn place(&self, etcd: bool, plane: RequestPlane, codec: Codec) -> Place<'_> {
        let etcd = etcd.then(|| self.etcd.as_ref().unwrap());
        Place { servers: self, etcd, plane, codec, records: tempfile::tempdir().unwrap() }
    }
}

pub(crate) struct Place<'a> {
    servers: &'a Servers,
    etcd: Option<&'a Etcd>,
    plane: RequestPlane,
    codec: Codec,
    records: TempDir,
}

impl Place<'_> {
    fn plane(&self) -> &'static str {
        if self.plane == RequestPlane::Nats { "nats" } else { "tcp" }
    }

    fn codec(&self) -> &'static str {
        if self.codec == Codec::Json { "json" } else { "msgpack" }
    }

    fn discovery(&self) -> &'static str {
        if self.etcd.is_some() { "etcd" } else { "file" }
    }

    pub(crate) fn title(&self) -> [&'static str; 3] {
        [self.plane(), self.codec(), self.discovery()]
    }

    /// A runtime of ours.
    pub(crate) async fn join(&self) -> DistributedRuntime {
        self.join_with(|config| config).await
    }

    pub(crate) async fn join_with(
        &self,
        tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
    ) -> DistributedRuntime {
        let runtime = Runtime::from_current().unwrap();
        DistributedRuntime::new(runtime, self.config(tune)).await.unwrap()
    }

    pub(crate) fn config(&self, tune: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Config {
        let config = Config::builder()
            .request_plane(self.plane)
            .request_plane_codec(self.codec)
            .tcp_rpc_host(Some("127.0.0.1".to_owned()))
            .tcp_response_stream_host(Some("127.0.0.1".to_owned()))
            .instance_wait(Duration::from_secs(15))
            .shutdown_converge(Duration::ZERO)
            .max_attempts(1_u32);
        let config = match &self.servers.nats {
            Some(nats) => config.nats_server(nats.url()),
            None => config,
        };
        let config = match self.etcd {
            Some(etcd) => {
                config.discovery_backend(DiscoveryBackend::Etcd).etcd_endpoints(vec![etcd.endpoints()])
            }
            None => {
                config.discovery_backend(DiscoveryBackend::File).file_kv(Some(self.records.path().to_owned()))
            }
        };
        tune(config).build().unwrap()
    }

    /// The settings of theirs.
    pub(crate) fn settings(&self, program: Program) -> Program {
        let program = program
            .env("DYN_REQUEST_PLANE", self.plane())
            .env("DYN_REQUEST_PLANE_CODEC", self.codec())
            .env("DYN_DISCOVERY_BACKEND", self.discovery())
            .env("DYN_TCP_RPC_HOST", "127.0.0.1")
            // Versions before 1.6 know interfaces only.
            .env("DYN_TCP_RESPONSE_STREAM_HOST", "lo")
            // Only with this they hand a trace on.
            .env("DYN_LOGGING_JSONL", "true")
            .env("DYN_LOG", "info");
        let program = match (self.plane, &self.servers.nats) {
            (RequestPlane::Nats, Some(nats)) => program.env("NATS_SERVER", nats.url()),
            _ => program,
        };
        match self.etcd {
            Some(etcd) => program.env("ETCD_ENDPOINTS", etcd.endpoints()),
            None => program.env("DYN_FILE_KV", self.records.path()),
        }
    }
}
