//! One watch: lists at a revision, watches from the next one, and starts over whenever that ends.

use std::pin::pin;
use std::time::Duration;

use etcd_client::{Client, EventType, GetOptions, KeyValue, WatchOptions, WatchStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::clock::from_now;
use crate::discovery::contract::DiscoveryEvent;
use crate::discovery::etcd::link::{EtcdError, EtcdErrorKind, EtcdLink, FIRST_RETRY, PATIENCE, kv, watcher};
use crate::discovery::watch::View;
use crate::runtime::backoff::Backoff;
use crate::wire::keys::{Bucket, Key};
use crate::wire::record::Record;

/// Interval of precautionary relists, give or take a fifth.
const RELIST: Duration = Duration::from_secs(60);

/// Maximum retry delay. Dynamo waits up to 5 s; this SDK has a correct list within 2 s.
const SLOWEST_RETRY: Duration = Duration::from_millis(1500);

/// How long a relist after a disturbance may take before the view counts as stale.
const PROMPT: Duration = Duration::from_millis(500);

/// Why a watch ended.
enum WatchEnd {
    /// The receiver was dropped.
    Unheard,
    /// A relist is due.
    Relist,
    /// The server cancelled this watch, but answers.
    Cancelled(String),
    /// The stream is broken or silent.
    Broken(EtcdError),
}

/// Sends the bucket's events to `events` until dropped or the receiver is gone.
pub(super) async fn follow(link: &EtcdLink, bucket: Bucket, events: &mpsc::Sender<DiscoveryEvent>) {
    let mut follower = Follower { link, bucket, events, view: View::new() };
    let mut backoff = Backoff::new(FIRST_RETRY, SLOWEST_RETRY, fastrand::Rng::new());
    // Whether the watcher may have missed something.
    let mut disturbed = true;
    loop {
        let mut listing = pin!(list(link, bucket));
        let listed = match timeout(PROMPT, &mut listing).await {
            Ok(listed) => listed,
            Err(_) => {
                if disturbed && !follower.stale().await {
                    return;
                }
                listing.await
            }
        };
        let end = match listed {
            Ok((records, revision)) => {
                if !follower.snapshot(records, disturbed).await {
                    return;
                }
                disturbed = false;
                follower.watch(revision + 1, &mut backoff).await
            }
            Err(fault) => {
                tracing::debug!(error = %fault, "cannot list {bucket}");
                if !follower.stale().await {
                    return;
                }
                WatchEnd::Broken(fault)
            }
        };
        match end {
            WatchEnd::Unheard => return,
            WatchEnd::Relist => continue,
            WatchEnd::Cancelled(reason) => tracing::debug!(reason, "etcd cancelled the watch on {bucket}"),
            WatchEnd::Broken(fault) => {
                tracing::debug!(error = %fault, "the watch on {bucket} broke");
                // A silent server is unreachable. If it closed the connection, the next list decides.
                if fault.kind == EtcdErrorKind::Silent && !follower.stale().await {
                    return;
                }
            }
        }
        disturbed = true;
        sleep(backoff.delay()).await;
    }
}

struct Follower<'a> {
    link: &'a EtcdLink,
    bucket: Bucket,
    events: &'a mpsc::Sender<DiscoveryEvent>,
    /// What the watcher has received.
    view: View,
}

impl Follower<'_> {
    /// Sends a list, unless the watcher knows it and nothing was disturbed. Returns false if the
    /// receiver is gone.
    async fn snapshot(&mut self, records: Vec<Record>, disturbed: bool) -> bool {
        let snapshot = DiscoveryEvent::Snapshot(records);
        let disturbed = disturbed || self.view.stale_since().is_some();
        let changes = self.view.apply(snapshot.clone(), Instant::now());
        if !disturbed && changes.is_empty() {
            return true;
        }
        self.events.send(snapshot).await.is_ok()
    }

    /// Reports once that etcd is unreachable. Returns false if the receiver is gone.
    async fn stale(&mut self) -> bool {
        if !self.view.is_known() || self.view.stale_since().is_some() {
            return true;
        }
        self.view.apply(DiscoveryEvent::Stale, Instant::now());
        self.events.send(DiscoveryEvent::Stale).await.is_ok()
    }

    /// Forwards changes from `revision` on.
    async fn watch(&mut self, revision: i64, backoff: &mut Backoff) -> WatchEnd {
        let number = self.link.number().await;
        let mut stream = match self.open(revision).await {
            Ok(stream) => stream,
            Err(fault) => return WatchEnd::Broken(fault),
        };
        let relist = Instant::now() + RELIST.mul_f64(0.8 + 0.4 * fastrand::f64());
        let (interval, patience) = self.link.heartbeat;
        // The server has answered the opening; from now on any message counts as a sign of life.
        let (mut ask, mut asked) = (from_now(interval), false);
        loop {
            let message = tokio::select! {
                message = stream.message() => message,
                () = sleep_until(relist) => return WatchEnd::Relist,
                () = sleep_until(ask) => {
                    if asked {
                        self.link.replace(number).await;
                        return WatchEnd::Broken(EtcdError::silent(interval + patience));
                    }
                    if let Err(error) = stream.request_progress().await {
                        return WatchEnd::Broken(error.into());
                    }
                    (ask, asked) = (from_now(patience), true);
                    continue;
                }
            };
            let answer = match message {
                Ok(Some(answer)) => answer,
                Ok(None) => {
                    return WatchEnd::Broken(EtcdError::new(
                        EtcdErrorKind::Other,
                        "the server closed the stream",
                    ));
                }
                Err(error) => return WatchEnd::Broken(error.into()),
            };
            if answer.canceled() || answer.compact_revision() > 0 {
                let (reason, compacted) = (answer.cancel_reason(), answer.compact_revision());
                return WatchEnd::Cancelled(format!("{reason:?}, compacted up to {compacted}"));
            }
            for event in answer.events().iter().filter_map(translate) {
                for change in self.view.apply(event, Instant::now()) {
                    if self.events.send(change.into()).await.is_err() {
                        return WatchEnd::Unheard;
                    }
                }
            }
            if asked || !answer.events().is_empty() {
                backoff.reset();
            }
            (ask, asked) = (from_now(interval), false);
        }
    }

    async fn open(&self, revision: i64) -> Result<WatchStream, EtcdError> {
        let prefix = format!("{}/", self.bucket);
        let options = WatchOptions::new().with_prefix().with_start_revision(revision).with_progress_notify();
        self.link
            .call(PATIENCE, |client| async move { watcher(&client).watch(prefix, Some(options)).await })
            .await
    }
}

/// Reads the records of the bucket, and the revision that they belong to.
async fn list(link: &EtcdLink, bucket: Bucket) -> Result<(Vec<Record>, i64), EtcdError> {
    let prefix = format!("{bucket}/");
    let read =
        |client: Client| async move { kv(&client).get(prefix, Some(GetOptions::new().with_prefix())).await };
    let mut answer = link.call(PATIENCE, read).await?;
    let Some(revision) = answer.header().map(|header| header.revision()) else {
        return Err(EtcdError::new(EtcdErrorKind::Other, "received a list without a revision"));
    };
    let records = answer.take_kvs().into_iter().filter_map(|kv| {
        let (key, value) = kv.into_key_value();
        Some(Record { key: parse(&key)?, value: value.into() })
    });
    Ok((records.collect(), revision))
}

/// Parses a key of a bucket. Keys that are not UTF-8 belong to other applications.
fn parse(key: &[u8]) -> Option<Key> {
    Key::parse(std::str::from_utf8(key).ok()?)
}

fn translate(event: &etcd_client::Event) -> Option<DiscoveryEvent> {
    let kv: &KeyValue = event.kv()?;
    let key = parse(kv.key())?;
    Some(match event.event_type() {
        EventType::Put => DiscoveryEvent::Put(Record { key, value: kv.value().to_vec().into() }),
        EventType::Delete => DiscoveryEvent::Removed(key),
    })
}
