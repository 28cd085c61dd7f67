//! The publisher cache: one watch of discovery for all subscriptions of a runtime.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::address::scope::Channel;
use crate::discovery::watch::{Change, View};
use crate::discovery::{Discovery, DiscoveryEvent};
use crate::events::system::EventSystem;
use crate::runtime::Runtime;
use crate::transport::event::subscriber_queue::SubscriberQueue;
use crate::wire::channel::PublisherRecord;
use crate::wire::keys::{Bucket, Key};

/// The publishers of all channels. Lives as long as a handle to it.
#[derive(Debug)]
pub(super) struct PublisherWatch {
    table: Mutex<PublisherTable>,
    /// Counts discovery events.
    version: watch::Sender<u64>,
    _task: DropGuard,
}

#[derive(Debug, Default)]
struct PublisherTable {
    view: View,
    adverts: BTreeMap<Key, PublisherRecord>,
}

impl PublisherWatch {
    /// Returns the watch in `current`, or starts one.
    pub(super) fn shared(
        current: &Mutex<Weak<Self>>,
        runtime: &Runtime,
        discovery: &Arc<dyn Discovery>,
    ) -> Arc<Self> {
        let mut current = current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = current.upgrade() {
            return feed;
        }
        let token = CancellationToken::new();
        let feed = Arc::new(Self {
            table: Mutex::default(),
            version: watch::Sender::new(0),
            _task: token.clone().drop_guard(),
        });
        *current = Arc::downgrade(&feed);
        let (discovery, target) = (Arc::clone(discovery), Arc::downgrade(&feed));
        let follow = async move { token.run_until_cancelled(follow(&*discovery, &target)).await };
        drop(runtime.spawn_secondary(follow));
        feed
    }

    /// Returns the publishers of a channel.
    fn publishers(&self, channel: &Channel) -> Vec<PublisherRecord> {
        self.lock().adverts.values().filter(|advert| advert.channel == *channel).cloned().collect()
    }

    fn apply(&self, event: DiscoveryEvent) {
        self.lock().apply(event);
        self.version.send_modify(|version| *version += 1);
    }

    // A panic while the lock is held leaves at worst a table that the next snapshot repairs.
    fn lock(&self) -> MutexGuard<'_, PublisherTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PublisherTable {
    fn apply(&mut self, event: DiscoveryEvent) {
        for change in self.view.apply(event, Instant::now()) {
            match change {
                Change::Added(record) | Change::Updated(record) => {
                    self.adverts.remove(&record.key);
                    match PublisherRecord::from_json(&record.value) {
                        Ok(Some(advert)) => {
                            self.adverts.insert(record.key, advert);
                        }
                        Ok(None) => {
                            tracing::debug!(key = %record.key, "skipped a publisher on an unknown transport");
                        }
                        Err(error) => tracing::warn!(key = %record.key, ?error, "skipped an invalid record"),
                    }
                }
                Change::Removed(record) => {
                    self.adverts.remove(&record.key);
                }
            }
        }
    }
}

async fn follow(discovery: &dyn Discovery, feed: &Weak<PublisherWatch>) {
    let mut watch = match discovery.watch(Bucket::EventChannels).await {
        Ok(watch) => watch,
        Err(error) => {
            tracing::warn!(?error, "cannot watch event publishers");
            return;
        }
    };
    while let Some(event) = watch.next().await {
        let Some(feed) = feed.upgrade() else { return };
        feed.apply(event);
    }
}

/// Keeps a subscription connected to all current publishers. Dropping the future also ends the stream of
/// events.
pub(super) fn keep(
    events: &EventSystem,
    channel: Channel,
    mut tap: Box<dyn crate::transport::event::Subscription>,
    inlet: Arc<SubscriberQueue>,
) -> impl Future<Output = ()> + Send + 'static {
    let feed = tap.follows().then(|| events.feed());
    let last = EndOnDrop(inlet);
    async move {
        let last = last;
        let Some(feed) = feed else { return std::future::pending().await };
        let mut version = feed.version.subscribe();
        loop {
            version.borrow_and_update();
            let publishers = feed.publishers(&channel);
            last.0.set_publishers(publishers.len());
            tap.update(&publishers);
            // Cannot fail: the sender lives in `feed`, which is held here.
            if version.changed().await.is_err() {
                return;
            }
        }
    }
}

/// Ends the stream of events on drop.
struct EndOnDrop(Arc<SubscriberQueue>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}
