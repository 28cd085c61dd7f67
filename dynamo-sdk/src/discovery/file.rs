//! Discovery for processes of one machine: a shared directory, no server (docs/wire/discovery.md#file-store).

pub(crate) mod heartbeat;
pub(crate) mod store;
pub(crate) mod watcher;

use std::path::PathBuf;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, watch as state};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::address::ids::InstanceId;
use crate::config::discovery::DiscoverySettings;
use crate::discovery::contract::{Discovery, LeaseState, Watch, closed, conflict};
use crate::discovery::file::store::{OwnRecords, Publish, Store};
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::Runtime;
use crate::sync::Lock;
use crate::wire::keys::{Bucket, Key};
use crate::wire::record::Record;

/// Dynamo never refreshes its files more often.
const FASTEST_BEAT: Duration = Duration::from_secs(1);

/// A member of a file store. Dropping it without closing leaves its records to expire.
#[derive(Debug)]
pub(crate) struct FileDiscovery {
    runtime: Runtime,
    shared: Arc<FileMember>,
}

#[derive(Debug)]
struct FileMember {
    store: Store,
    /// Interval of heartbeats, expiry checks and relists.
    period: Duration,
    /// Held while the files of this process change, so that local state and directory agree.
    own: Lock<OwnRecords>,
    lease: state::Sender<LeaseState>,
    ended: CancellationToken,
}

impl FileDiscovery {
    /// Opens the directory named by `settings`, creating it if necessary.
    pub(crate) async fn open(
        runtime: &Runtime,
        settings: &DiscoverySettings,
        id: InstanceId,
    ) -> Result<Arc<Self>> {
        let ttl = settings.file_ttl;
        let shared = Arc::new(FileMember {
            store: Store::new(settings.file_root(), ttl),
            period: (ttl / 3).max(FASTEST_BEAT).min(ttl / 2),
            own: Lock::default(),
            lease: state::Sender::new(LeaseState::Held),
            ended: CancellationToken::new(),
        });
        let probed = Arc::clone(&shared);
        runtime.on_secondary(blocking(move || probed.store.probe())).await??.map_err(|source| {
            let root = shared.store.root().display();
            Error::new(
                ErrorKind::Invalid,
                format!("cannot write to {root}, the directory of file discovery; set DYN_FILE_KV to one that this user can write to"),
            )
            .with_source(source)
        })?;
        tracing::debug!(instance = %id, "joined the file store in {}", shared.store.root().display());
        let kept = Arc::clone(&shared);
        drop(runtime.supervise("heartbeat of files", move || {
            let (ended, beat) = (kept.ended.clone(), heartbeat::beat(Arc::clone(&kept)));
            async move { ended.run_until_cancelled(beat).await.unwrap_or_default() }
        }));
        Ok(Arc::new(Self { runtime: runtime.clone(), shared }))
    }

    fn check_open(&self) -> Result<()> {
        if self.shared.ended.is_cancelled() { Err(closed(&self.describe())) } else { Ok(()) }
    }

    fn failed(&self, doing: &str, key: &Key, source: std::io::Error) -> Error {
        let root = self.shared.store.root().display();
        let kind = match source.kind() {
            std::io::ErrorKind::InvalidFilename | std::io::ErrorKind::PermissionDenied => ErrorKind::Invalid,
            _ => ErrorKind::Unreachable,
        };
        Error::new(kind, format!("cannot {doing} {key} in {root} (DYN_FILE_KV)")).with_source(source)
    }
}

#[async_trait]
impl Discovery for FileDiscovery {
    fn describe(&self) -> String {
        format!("the file store in {}", self.shared.store.root().display())
    }

    async fn register(&self, record: Record) -> Result<()> {
        self.check_open()?;
        let key = record.key.clone();
        let shared = Arc::clone(&self.shared);
        let publish = blocking(move || shared.store.publish(&mut shared.own(), record));
        match self.runtime.on_secondary(publish).await?? {
            Ok(Publish::Done) => Ok(()),
            Ok(Publish::Taken) => Err(conflict(&key, &self.describe())),
            Ok(Publish::Closed) => Err(closed(&self.describe())),
            Err(source) => Err(self.failed("write", &key, source)),
        }
    }

    async fn deregister(&self, key: &Key) -> Result<()> {
        self.check_open()?;
        let (shared, gone) = (Arc::clone(&self.shared), key.clone());
        let retract = blocking(move || shared.store.retract(&mut shared.own(), &gone));
        self.runtime.on_secondary(retract).await??.map_err(|source| self.failed("remove", key, source))
    }

    async fn watch(&self, bucket: Bucket) -> Result<Watch> {
        self.check_open()?;
        let (events, watch) = mpsc::channel(Watch::CAPACITY);
        let shared = Arc::clone(&self.shared);
        drop(self.runtime.supervise("watch of files", move || {
            let (shared, events) = (Arc::clone(&shared), events.clone());
            async move {
                let ended = shared.ended.clone();
                tokio::select! {
                    () = events.closed() => {}
                    () = ended.cancelled() => {}
                    () = watcher::follow(shared, bucket, &events) => {}
                }
            }
        }));
        Ok(Watch::new(watch))
    }

    fn lease(&self) -> state::Receiver<LeaseState> {
        self.shared.lease.subscribe()
    }

    async fn close(&self) {
        self.shared.ended.cancel();
        let shared = Arc::clone(&self.shared);
        let retract = blocking(move || shared.store.retract_all(&mut shared.own()));
        if let Ok(Ok(Err(error))) = self.runtime.on_secondary(retract).await {
            tracing::warn!(%error, "cannot remove all records from {}; the rest will expire", self.describe());
        }
        self.shared.lease.send_replace(LeaseState::Closed);
    }
}

impl Drop for FileDiscovery {
    fn drop(&mut self) {
        self.shared.ended.cancel();
    }
}

impl FileMember {
    fn own(&self) -> MutexGuard<'_, OwnRecords> {
        self.own.lock()
    }

    fn directory(&self, bucket: Bucket) -> PathBuf {
        self.store.directory(bucket)
    }
}

/// Runs `work`, which blocks on disk I/O or a directory lock, on a blocking thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(|source| {
        Error::new(ErrorKind::Internal, "a task of the file store failed").with_source(source)
    })
}
