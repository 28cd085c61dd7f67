//! One watch: lists, compares by value, and lists again when the directory may have changed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{mpsc, watch as state};
use tokio::time::{Instant, sleep, timeout};

use crate::discovery::contract::DiscoveryEvent;
use crate::discovery::file::store::Store;
use crate::discovery::file::{FileMember, blocking};
use crate::discovery::watch::View;
use crate::wire::keys::Bucket;

/// Changes often come in bursts: link and unlink, or all endpoints of a process.
const SETTLE: Duration = Duration::from_millis(10);

/// Sends the bucket's events to `events` until dropped or the receiver is gone.
pub(super) async fn follow(shared: Arc<FileMember>, bucket: Bucket, events: &mpsc::Sender<DiscoveryEvent>) {
    // Signals that the list may have changed; true if the directory itself is gone, and the system's
    // watch with it.
    let (nudge, mut nudged) = state::channel(false);
    let mut watcher = None;
    let mut view = View::new();
    loop {
        let listing = Arc::clone(&shared);
        let listed = blocking(move || listing.store.list(bucket)).await;
        if watcher.is_none() {
            // Listing created the directory. Changes since then are seen by the next list, which must
            // not wait.
            watcher = observe(&shared.directory(bucket), nudge.clone());
            if watcher.is_some() {
                nudge.send_modify(|_| {});
            }
        }
        match listed {
            Ok(Ok(records)) => {
                let whole = !view.is_known() || view.stale_since().is_some();
                let snapshot = DiscoveryEvent::Snapshot(records);
                let changes = view.apply(snapshot.clone(), Instant::now());
                let news = if whole {
                    vec![snapshot]
                } else {
                    changes.into_iter().map(DiscoveryEvent::from).collect()
                };
                for event in news {
                    if events.send(event).await.is_err() {
                        return;
                    }
                }
            }
            failed => {
                tracing::warn!(?failed, "cannot list {}", shared.directory(bucket).display());
                if view.is_known() && view.stale_since().is_none() {
                    view.apply(DiscoveryEvent::Stale, Instant::now());
                    if events.send(DiscoveryEvent::Stale).await.is_err() {
                        return;
                    }
                }
            }
        }
        if timeout(shared.period, nudged.changed()).await.is_ok() {
            sleep(SETTLE).await;
            if *nudged.borrow_and_update() {
                nudge.send_if_modified(|gone| {
                    *gone = false;
                    false
                });
                watcher = None;
            }
        }
    }
}

/// Subscribes to file system notifications. Without them, changes are seen once per period.
fn observe(directory: &Path, nudge: state::Sender<bool>) -> Option<RecommendedWatcher> {
    let own = directory.to_owned();
    let tell = move |event: notify::Result<notify::Event>| {
        if event.as_ref().map_or(true, matters) {
            let removed = |event: &notify::Event| event.kind.is_remove() && event.paths.contains(&own);
            nudge.send_modify(|gone| *gone |= event.is_ok_and(|event| removed(&event)));
        }
    };
    let watcher = notify::recommended_watcher(tell).and_then(|mut watcher| {
        watcher.watch(directory, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    watcher.inspect_err(|error| tracing::debug!(%error, "cannot watch {}", directory.display())).ok()
}

/// Ignores events that cannot change the list: reads, heartbeats, files still being written.
fn matters(event: &notify::Event) -> bool {
    let temporary = !event.paths.is_empty() && event.paths.iter().all(|path| Store::is_temporary(path));
    !temporary && !matches!(event.kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)))
}
