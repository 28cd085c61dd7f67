//! Discovery: who is there. One trait, three backends, one contract.
//!
//! The contract of [`Discovery`], which `tests/discovery_contract.rs` runs against every backend:
//!
//! 1. `register` returns once the record is visible to a fresh watcher; registering the same key twice is
//!    [`ErrorKind::Conflict`].
//! 2. A watch delivers one [`DiscoveryEvent::Snapshot`], then changes; after any disturbance it delivers a snapshot
//!    again, which replaces what came before.
//! 3. Nothing between a snapshot and its changes is lost or doubled; a record with a new value is a change.
//! 4. The records of a process that dies disappear within its lease period; those of one that leaves in order, at once.
//! 5. While the store cannot be reached, watchers are told [`DiscoveryEvent::Stale`] and keep what they know; they are
//!    never told that it is empty.
//! 6. A lost lease is not the end: all records of the process are registered again, together.
//! 7. The id of a lease is not the identity of an instance in this API, although both are the same number on the wire.
//! 8. A prefix ends at a name boundary: a query for `gen` never matches `generate`.

#[cfg(feature = "etcd")]
pub(crate) mod etcd;
pub(crate) mod file;
pub(crate) mod instances;
#[cfg(feature = "etcd")]
pub(crate) mod lease;
pub(crate) mod memory;
pub(crate) mod watch;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{mpsc, watch as state};
use tokio::time::Instant;

use crate::address::ids::InstanceId;
use crate::config::{Config, DiscoveryBackend};
pub use crate::discovery::instances::InstanceList;
pub use crate::discovery::memory::{MemoryDiscovery, MemoryStore};
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::Runtime;
pub use crate::wire::instance::{Instance, Transport};
pub use crate::wire::keys::{Bucket, Key};
pub use crate::wire::record::Record;

/// Whether the store holds the records of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaseState {
    /// It does, and will for at least the lease period.
    Held,
    /// It does not, or will not for long: the store is out of reach, or gave the lease up. The records are registered
    /// again as soon as that is possible.
    Lost {
        /// When that was noticed.
        since: Instant,
    },
    /// The process left in order.
    Closed,
}

/// What a watcher is told. Consumers replace what they know by a snapshot, and never merge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscoveryEvent {
    /// All records of the bucket; whatever is not in it does not exist.
    Snapshot(Vec<Record>),
    /// A record is new, or has a new value.
    Put(Record),
    /// A record is gone.
    Removed(Key),
    /// The store cannot be reached: what is known may be out of date, until the next snapshot.
    Stale,
}

/// The events of one bucket. Dropping it ends the watch.
pub struct Watch {
    events: mpsc::Receiver<DiscoveryEvent>,
    refill: Option<Refill>,
}

/// What a watch calls when its queue is empty, so that a store that never waits can catch up on what did not fit in.
pub(crate) type Refill = Box<dyn Fn() + Send + Sync>;

impl Watch {
    /// How many events a backend may be ahead of its watcher. Then it waits, or sends a snapshot later.
    pub(crate) const CAPACITY: usize = 64;

    pub(crate) fn new(events: mpsc::Receiver<DiscoveryEvent>) -> Self {
        Self { events, refill: None }
    }

    pub(crate) fn with_refill(events: mpsc::Receiver<DiscoveryEvent>, refill: Refill) -> Self {
        Self { events, refill: Some(refill) }
    }

    /// The next event; `None` when the backend was closed.
    ///
    /// # Cancel safety
    /// Cancel safe: no event is lost.
    pub async fn next(&mut self) -> Option<DiscoveryEvent> {
        if let Some(refill) = &self.refill
            && self.events.is_empty()
        {
            refill();
        }
        self.events.recv().await
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("waiting", &self.events.len()).finish()
    }
}

/// A store of records that live as long as the process that registered them. The contract is in the
/// [module documentation](self).
#[async_trait]
pub trait Discovery: fmt::Debug + Send + Sync + 'static {
    /// What it is and where, for log lines and errors: `etcd at http://…`.
    fn describe(&self) -> String;

    /// Makes a record visible to all watchers, for as long as this process lives or until it is deregistered.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if the key exists, another kind if the store is out of reach.
    async fn register(&self, record: Record) -> Result<()>;

    /// Takes a record away, at once. Taking away what is not there is not an error.
    ///
    /// # Errors
    /// If the store is out of reach; the record then ends with the lease.
    async fn deregister(&self, key: &Key) -> Result<()>;

    /// Follows a bucket. Returns at once; the first event is a snapshot as soon as the store can be read.
    ///
    /// # Errors
    /// If the backend was closed.
    async fn watch(&self, bucket: Bucket) -> Result<Watch>;

    /// The state of the lease of this process, to be followed.
    fn lease(&self) -> state::Receiver<LeaseState>;

    /// Takes all records of this process away, revokes the lease and ends all watches. Idempotent; bounded in time.
    async fn close(&self);
}

/// Opens the backend that `config` names, as the member `id`. A memory backend opened so is a store of its own; to share
/// one, use [`MemoryStore::join`].
///
/// # Errors
/// [`ErrorKind::Unreachable`] if there is no etcd within the time for it, [`ErrorKind::Denied`] if it refuses our
/// credentials, [`ErrorKind::Invalid`] if a setting cannot be right, [`ErrorKind::ShuttingDown`] if the runtime ends.
pub async fn open(runtime: &Runtime, config: &Config, id: InstanceId) -> Result<Arc<dyn Discovery>> {
    match config.discovery() {
        DiscoveryBackend::Memory => Ok(Arc::new(MemoryStore::new().join(id))),
        DiscoveryBackend::File => Ok(file::FileDiscovery::open(runtime, config, id).await?),
        #[cfg(feature = "etcd")]
        DiscoveryBackend::Etcd => Ok(etcd::EtcdDiscovery::connect(runtime, config, id).await?),
        #[cfg(not(feature = "etcd"))]
        DiscoveryBackend::Etcd => {
            Err(Error::new(ErrorKind::Invalid, "etcd discovery is not built in; build with --features etcd"))
        }
    }
}

/// The error of registering what is there already.
pub(crate) fn conflict(key: &Key, store: &str) -> Error {
    Error::new(ErrorKind::Conflict, format!("{key} is registered already in {store}"))
}

/// The error of using a backend after its end.
pub(crate) fn closed(store: &str) -> Error {
    Error::new(ErrorKind::ShuttingDown, format!("{store} was closed by this process"))
}
