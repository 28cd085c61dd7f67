//! The publisher cache: one watch of discovery for all subscriptions of a runtime.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use crate::address::scope::Channel;
use crate::discovery::contract::DiscoveryEvent;
use crate::discovery::shared::{SharedWatch, Table};
use crate::discovery::watch::{Change, View};
use crate::transport::event::subscriber_queue::SubscriberQueue;
use crate::wire::channel::PublisherRecord;
use crate::wire::keys::{Bucket, Key};

/// The publishers of all channels, for all subscriptions of a runtime.
pub(super) type PublisherCache = SharedWatch<PublisherTable>;

/// The contents of the event channel bucket.
#[derive(Debug, Default)]
pub(super) struct PublisherTable {
    view: View,
    adverts: BTreeMap<Key, PublisherRecord>,
}

impl PublisherTable {
    /// Returns the publishers of a channel.
    fn publishers(&self, channel: &Channel) -> Vec<PublisherRecord> {
        self.adverts.values().filter(|advert| advert.channel == *channel).cloned().collect()
    }
}

impl Table for PublisherTable {
    const BUCKET: Bucket = Bucket::EventChannels;

    type Setup = ();

    fn new((): &()) -> Self {
        Self::default()
    }

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

/// Keeps a subscription connected to all current publishers. Dropping the future also ends the stream of
/// events.
pub(super) fn keep(
    cache: &PublisherCache,
    channel: Channel,
    mut tap: Box<dyn crate::transport::event::Subscription>,
    inlet: Arc<SubscriberQueue>,
) -> impl Future<Output = ()> + Send + 'static {
    let table = tap.follows().then(|| cache.table());
    let last = EndOnDrop(inlet);
    async move {
        let last = last;
        let Some(table) = table else { return std::future::pending().await };
        let mut version = table.version();
        loop {
            version.borrow_and_update();
            let publishers = table.lock().publishers(&channel);
            last.0.set_publishers(publishers.len());
            tap.update(&publishers);
            // Cannot fail: the sender lives in `table`, which is held here.
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
