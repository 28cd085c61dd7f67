//! The contract of discovery: the trait [`Discovery`] and what its watches and leases report.

use std::fmt;

use async_trait::async_trait;
use tokio::sync::{mpsc, watch as state};
use tokio::time::Instant;

use crate::error::{Error, ErrorKind, Result};
use crate::wire::keys::{Bucket, Key};
use crate::wire::record::Record;

/// Whether the store holds the records of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaseState {
    /// The records are in the store and stay there for at least the lease period.
    Held,
    /// The records are missing, or about to expire: the store is unreachable or dropped the lease. They
    /// are registered again as soon as possible.
    Lost {
        /// When the loss was noticed.
        since: Instant,
    },
    /// The process deregistered and closed its lease.
    Closed,
}

/// An event of a watch. On a snapshot, consumers replace what they know and never merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscoveryEvent {
    /// All records of the bucket. Anything not listed does not exist.
    Snapshot(Vec<Record>),
    /// A record was added, or its value changed.
    Put(Record),
    /// A record was removed.
    Removed(Key),
    /// The store is unreachable: what is known may be outdated until the next snapshot.
    Stale,
}

/// The events of one bucket. Dropping it ends the watch.
pub struct Watch {
    events: mpsc::Receiver<DiscoveryEvent>,
    refill: Option<Refill>,
}

/// Called by a watch whose queue is empty, so that a store that never waits for its watchers can send
/// what did not fit.
pub(crate) type Refill = Box<dyn Fn() + Send + Sync>;

impl Watch {
    /// How many events a backend may be ahead of its watcher. At the limit it waits, or sends a snapshot
    /// later.
    pub(crate) const CAPACITY: usize = 64;

    pub(crate) fn new(events: mpsc::Receiver<DiscoveryEvent>) -> Self {
        Self { events, refill: None }
    }

    pub(crate) fn with_refill(events: mpsc::Receiver<DiscoveryEvent>, refill: Refill) -> Self {
        Self { events, refill: Some(refill) }
    }

    /// Returns the next event, or `None` when the backend was closed.
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

/// A store of records that live as long as the process that registered them. See the [module
/// documentation](crate::discovery) for its contract.
#[async_trait]
pub trait Discovery: fmt::Debug + Send + Sync + 'static {
    /// Returns the kind and location of the store for log lines and errors: `etcd at http://…`.
    fn describe(&self) -> String;

    /// Makes a record visible to all watchers until it is deregistered or this process ends.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if the key exists, another kind if the store is unreachable.
    ///
    /// # Cancel safety
    /// Dropping the future does not undo the registration, which may complete in the background.
    async fn register(&self, record: Record) -> Result<()>;

    /// Removes a record at once. Removing a record that does not exist is not an error.
    ///
    /// # Errors
    /// If the store is unreachable; the record then expires with the lease.
    ///
    /// # Cancel safety
    /// Dropping the future does not undo the removal, which may complete in the background.
    async fn deregister(&self, key: &Key) -> Result<()>;

    /// Watches a bucket. Returns at once; the first event is a snapshot, sent as soon as the store can
    /// be read.
    ///
    /// # Errors
    /// If the backend was closed.
    ///
    /// # Cancel safety
    /// Cancel safe.
    async fn watch(&self, bucket: Bucket) -> Result<Watch>;

    /// Returns the lease state of this process, for watching.
    fn lease(&self) -> state::Receiver<LeaseState>;

    /// Removes all records of this process, revokes the lease and ends all watches. Idempotent and
    /// bounded in time.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the work, which continues in the background.
    async fn close(&self);
}

/// The error for registering an existing key.
pub(crate) fn conflict(key: &Key, store: &str) -> Error {
    Error::new(ErrorKind::Conflict, format!("{key} is already registered in {store}"))
}

/// The error for using a closed backend.
pub(crate) fn closed(store: &str) -> Error {
    Error::new(ErrorKind::ShuttingDown, format!("{store} was closed by this process"))
}
