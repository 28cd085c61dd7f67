//! One watch of a bucket for all its readers: a table that a background task keeps current.

use std::fmt;
use std::sync::{Arc, MutexGuard, Weak};

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::discovery::contract::{Discovery, DiscoveryEvent};
use crate::runtime::Runtime;
use crate::sync::Lock;
use crate::wire::keys::Bucket;

/// The readers' view of a bucket.
pub(crate) trait Table: fmt::Debug + Send + 'static {
    /// The bucket that the table reflects.
    const BUCKET: Bucket;

    /// The input of a new table.
    type Setup: fmt::Debug + Send + Sync;

    /// Creates the table of a bucket that was not read yet.
    fn new(setup: &Self::Setup) -> Self;

    /// Applies an event of the watch.
    fn apply(&mut self, event: DiscoveryEvent);
}

/// Starts the watch for the first reader and ends it with the last.
#[derive(Debug)]
pub(crate) struct SharedWatch<T: Table> {
    runtime: Runtime,
    discovery: Arc<dyn Discovery>,
    setup: T::Setup,
    current: Lock<Weak<WatchedTable<T>>>,
}

impl<T: Table> SharedWatch<T> {
    pub(crate) fn new(runtime: Runtime, discovery: Arc<dyn Discovery>, setup: T::Setup) -> Self {
        Self { runtime, discovery, setup, current: Lock::default() }
    }

    /// Returns the table, which stays current as long as a handle to it exists.
    pub(crate) fn table(&self) -> Arc<WatchedTable<T>> {
        let mut current = self.current.lock();
        if let Some(table) = current.upgrade() {
            return table;
        }
        let token = CancellationToken::new();
        let table = Arc::new(WatchedTable {
            table: Lock::new(T::new(&self.setup)),
            version: watch::Sender::new(0),
            _task: token.clone().drop_guard(),
        });
        *current = Arc::downgrade(&table);
        let (discovery, target) = (Arc::clone(&self.discovery), Arc::downgrade(&table));
        drop(self.runtime.supervise("watch of discovery", move || {
            let (token, discovery, target) = (token.clone(), Arc::clone(&discovery), Weak::clone(&target));
            async move { token.run_until_cancelled(follow(&*discovery, &target)).await.unwrap_or_default() }
        }));
        table
    }
}

/// Applies the events of the bucket until the last reader is gone.
async fn follow<T: Table>(discovery: &dyn Discovery, table: &Weak<WatchedTable<T>>) {
    let mut watch = match discovery.watch(T::BUCKET).await {
        Ok(watch) => watch,
        Err(error) => {
            tracing::warn!(?error, bucket = ?T::BUCKET, "cannot watch discovery");
            return;
        }
    };
    while let Some(event) = watch.next().await {
        let Some(table) = table.upgrade() else { return };
        table.apply(event);
    }
}

/// A locked table, and a counter to wait for changes.
#[derive(Debug)]
pub(crate) struct WatchedTable<T> {
    table: Lock<T>,
    /// Counts discovery events.
    version: watch::Sender<u64>,
    _task: DropGuard,
}

impl<T: Table> WatchedTable<T> {
    /// Locks the table.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.table.lock()
    }

    /// Returns a counter that changes with every event.
    pub(crate) fn version(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    fn apply(&self, event: DiscoveryEvent) {
        self.lock().apply(event);
        self.version.send_modify(|version| *version += 1);
    }
}
