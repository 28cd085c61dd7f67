//! What the contract is run on: a store that members can join, and a watcher that keeps the books.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dynamo_harness::{Etcd, within};
use dynamo_sdk::address::InstanceId;
use dynamo_sdk::config::{ConfigBuilder, DiscoveryBackend};
use dynamo_sdk::discovery::{self, Bucket, Discovery, DiscoveryEvent, Key, MemoryStore, Record, Watch};
use dynamo_sdk::{Config, Result, Runtime};

/// A member of a cluster, with a runtime of its own. Dropping it is dying.
pub(crate) struct Member {
    pub(crate) id: InstanceId,
    pub(crate) runtime: Runtime,
    discovery: Arc<dyn Discovery>,
}

impl Deref for Member {
    type Target = dyn Discovery;

    fn deref(&self) -> &Self::Target {
        &*self.discovery
    }
}

impl Member {
    pub(crate) async fn open(config: ConfigBuilder) -> Result<Self> {
        Self::open_on(Runtime::from_current()?, config).await
    }

    pub(crate) async fn open_on(runtime: Runtime, config: ConfigBuilder) -> Result<Self> {
        let id = InstanceId::random();
        let discovery = discovery::open(&runtime, &config.build()?, id).await?;
        Ok(Self { id, runtime, discovery })
    }
}

/// A store that members can join.
pub(crate) trait Cluster {
    async fn start() -> Self;
    async fn join(&self) -> Member;
    /// Makes the store forget the lease of a member that lives.
    async fn lose_lease(&self, member: &Member);
    fn lease_period(&self) -> Duration;
    /// Whether a watcher sees every loss. One that lists may look just before and just after.
    fn shows_loss(&self) -> bool {
        true
    }
}

pub(crate) struct Memory(MemoryStore);

impl Cluster for Memory {
    async fn start() -> Self {
        Self(MemoryStore::new())
    }

    async fn join(&self) -> Member {
        let id = InstanceId::random();
        Member { id, runtime: Runtime::from_current().unwrap(), discovery: Arc::new(self.0.join(id)) }
    }

    async fn lose_lease(&self, member: &Member) {
        self.0.lose(member.id);
    }

    fn lease_period(&self) -> Duration {
        Duration::from_secs(1)
    }
}

pub(crate) struct Files(tempfile::TempDir);

impl Files {
    pub(crate) const TTL: Duration = Duration::from_secs(2);

    pub(crate) fn config(&self) -> ConfigBuilder {
        Config::builder()
            .discovery_backend(DiscoveryBackend::File)
            .file_kv(self.0.path().to_owned())
            .file_ttl(Self::TTL)
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.0.path().join("v1/instances")
    }
}

impl Cluster for Files {
    async fn start() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    async fn join(&self) -> Member {
        Member::open(self.config()).await.unwrap()
    }

    async fn lose_lease(&self, _: &Member) {
        for file in std::fs::read_dir(self.directory()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
    }

    fn lease_period(&self) -> Duration {
        Self::TTL
    }

    fn shows_loss(&self) -> bool {
        false
    }
}

pub(crate) struct Etcds(pub(crate) Etcd);

impl Etcds {
    /// The shortest that etcd grants.
    pub(crate) const TTL: Duration = Duration::from_secs(2);

    pub(crate) fn config(&self) -> ConfigBuilder {
        config(&self.0.url())
    }
}

/// Etcd at `url`, with settings that let tests be short.
pub(crate) fn config(url: &str) -> ConfigBuilder {
    Config::builder()
        .discovery_backend(DiscoveryBackend::Etcd)
        .etcd_endpoints(vec![url.to_owned()])
        .etcd_lease_ttl(Etcds::TTL)
        .etcd_keepalive_interval(Duration::from_secs(1))
        .etcd_keepalive_timeout(Duration::from_secs(1))
        .etcd_startup_connect_timeout(Duration::from_secs(10))
}

impl Cluster for Etcds {
    async fn start() -> Self {
        Self(Etcd::start().await)
    }

    async fn join(&self) -> Member {
        Member::open(self.config()).await.unwrap()
    }

    async fn lose_lease(&self, member: &Member) {
        self.0.etcdctl(&["lease", "revoke", &member.id.to_string()]).await;
    }

    fn lease_period(&self) -> Duration {
        Self::TTL
    }
}

/// A record of which `n` is the id.
pub(crate) fn record(n: u64) -> Record {
    let value = format!(r#"{{"type":"Endpoint","instance_id":{n}}}"#);
    Record { key: Key::new(Bucket::Instances, format!("demo/echo/say/{n:x}")), value: value.into() }
}

/// What a watcher has seen.
pub(crate) struct Seen {
    watch: Watch,
    pub(crate) records: BTreeMap<Key, Bytes>,
    /// How many puts and removals changed nothing.
    pub(crate) doubled: usize,
    pub(crate) stale: bool,
}

impl Seen {
    pub(crate) async fn new(member: &Member) -> Self {
        Self::in_bucket(member, Bucket::Instances).await
    }

    pub(crate) async fn in_bucket(member: &Member, bucket: Bucket) -> Self {
        let watch = member.watch(bucket).await.unwrap();
        Self { watch, records: BTreeMap::new(), doubled: 0, stale: false }
    }

    pub(crate) async fn next(&mut self) -> DiscoveryEvent {
        let event = self.watch.next().await.expect("the watch goes on");
        match event.clone() {
            DiscoveryEvent::Snapshot(records) => {
                self.records = records.into_iter().map(|Record { key, value }| (key, value)).collect();
                self.stale = false;
            }
            DiscoveryEvent::Put(Record { key, value }) => {
                let before = self.records.insert(key, value.clone());
                self.doubled += usize::from(before.as_ref() == Some(&value));
            }
            DiscoveryEvent::Removed(key) => self.doubled += usize::from(self.records.remove(&key).is_none()),
            DiscoveryEvent::Stale => self.stale = true,
        }
        event
    }

    /// Follows until the records are as wanted.
    pub(crate) async fn until(
        &mut self,
        limit: Duration,
        what: &str,
        wanted: impl Fn(&BTreeMap<Key, Bytes>) -> bool,
    ) {
        within(limit, what, async {
            while !wanted(&self.records) {
                self.next().await;
            }
        })
        .await;
    }

    /// Follows until the store is out of reach.
    pub(crate) async fn until_stale(&mut self, limit: Duration) {
        within(limit, "being told that the list is stale", async {
            while !self.stale {
                self.next().await;
            }
        })
        .await;
    }
}
