//! Runtimes in one process that meet on one event plane.

use std::ops::Range;
use std::time::Duration;

pub(crate) use dynamo_harness::LIMIT;
use dynamo_harness::{Nats, within};
use dynamo_sdk::config::{ConfigBuilder, DiscoveryBackend, EventPlane};
use dynamo_sdk::events::{EventPublisher, EventSubscription};
use dynamo_sdk::handles::ComponentHandle;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, LocalCluster, Runtime};
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// Events with a number from here on are sent to find out whether somebody hears them.
const PROBES: u64 = 1 << 40;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Beat {
    pub(crate) n: u64,
}

/// Where runtimes meet.
pub(crate) struct Place {
    cluster: Option<LocalCluster>,
    pub(crate) nats: Option<Nats>,
    records: TempDir,
}

impl Place {
    pub(crate) async fn in_memory() -> Self {
        Self { cluster: Some(LocalCluster::new()), nats: None, records: tempfile::tempdir().unwrap() }
    }

    pub(crate) async fn zmq() -> Self {
        Self { cluster: None, nats: None, records: tempfile::tempdir().unwrap() }
    }

    pub(crate) async fn nats() -> Self {
        Self { cluster: None, nats: Some(Nats::start().await), records: tempfile::tempdir().unwrap() }
    }

    pub(crate) async fn join(&self) -> DistributedRuntime {
        self.join_with(|config| config).await
    }

    pub(crate) async fn join_with(
        &self,
        also: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
    ) -> DistributedRuntime {
        let config = Config::builder().shutdown_converge(Duration::ZERO);
        let runtime = Runtime::from_current().unwrap();
        if let Some(cluster) = &self.cluster {
            return cluster.join(runtime, also(config).build().unwrap()).unwrap();
        }
        let config =
            config.discovery_backend(DiscoveryBackend::File).file_kv(Some(self.records.path().to_owned()));
        let config = match &self.nats {
            Some(nats) => config.event_plane(EventPlane::Nats).nats_server(nats.url()),
            // What nothing set means.
            None => config,
        };
        DistributedRuntime::new(runtime, also(config).build().unwrap()).await.unwrap()
    }

    /// The names of the files in a bucket; `None` where there are no files.
    pub(crate) fn records(&self, bucket: &str) -> Option<Vec<String>> {
        let directory = self.records.path().join("v1").join(bucket);
        if self.cluster.is_some() {
            return None;
        }
        let entries = std::fs::read_dir(directory).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        Some(names.filter(|name| !name.starts_with('.')).collect())
    }

    /// Where the files are.
    pub(crate) fn directory(&self) -> &std::path::Path {
        self.records.path()
    }

    /// The only record of a bucket.
    pub(crate) fn read_record(&self, bucket: &str) -> serde_json::Value {
        let names = self.records(bucket).unwrap();
        assert_eq!(names.len(), 1, "{names:?}");
        let file = self.directory().join("v1").join(bucket).join(&names[0]);
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    }

    /// Writes the file of a record, as somebody else does.
    pub(crate) fn put_record(&self, bucket: &str, name: &str, record: &serde_json::Value) {
        let directory = self.directory().join("v1").join(bucket);
        std::fs::create_dir_all(&directory).unwrap();
        let temporary = directory.join(".tmp_0123456789abcdef");
        std::fs::write(&temporary, record.to_string()).unwrap();
        std::fs::rename(temporary, directory.join(name)).unwrap();
    }

    /// Removes the file of a record, as if its process had been silent for too long.
    pub(crate) fn remove_record(&self, bucket: &str, name: &str) {
        std::fs::remove_file(self.records.path().join("v1").join(bucket).join(name)).unwrap();
    }

    pub(crate) async fn end<const N: usize>(self, runtimes: [DistributedRuntime; N]) {
        let ends = join_all(runtimes.iter().map(DistributedRuntime::shutdown));
        let clean = within(LIMIT, "all runtimes to end", ends).await;
        assert!(clean.into_iter().all(|clean| clean));
    }
}

/// The component that most tests are about.
pub(crate) fn handle(runtime: &DistributedRuntime) -> ComponentHandle {
    runtime.namespace("demo").unwrap().component("worker").unwrap()
}

pub(crate) async fn publish(publisher: &EventPublisher<Beat>, numbers: Range<u64>) {
    for n in numbers {
        publisher.publish(&Beat { n }).await.unwrap();
    }
}

pub(crate) async fn next(beats: &mut EventSubscription<Beat>) -> Event<Beat> {
    within(LIMIT, "an event", beats.next()).await.unwrap().unwrap()
}

/// Publishes until the subscription hears it, and reads all of that. The number of the last event.
pub(crate) async fn meet(publisher: &EventPublisher<Beat>, beats: &mut EventSubscription<Beat>) -> u64 {
    let meeting = async {
        for n in PROBES.. {
            publisher.publish(&Beat { n }).await.unwrap();
            while let Ok(item) = tokio::time::timeout(Duration::from_millis(50), beats.next()).await {
                let event = item.unwrap().unwrap();
                if event.publisher == publisher.id() && event.payload.n == n {
                    return event.sequence;
                }
            }
        }
        unreachable!("there is always a next number")
    };
    within(LIMIT, "publisher and subscriber to meet", meeting).await
}
