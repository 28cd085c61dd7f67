//! One watch: list at a revision, watch from the next one, and begin again whenever that ends.

use std::pin::pin;
use std::time::Duration;

use etcd_client::{Client, EventType, GetOptions, KeyValue, WatchOptions, WatchStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::discovery::contract::DiscoveryEvent;
use crate::discovery::etcd::link::{EtcdError, EtcdErrorKind, EtcdLink, FIRST_RETRY, PATIENCE, kv, watcher};
use crate::discovery::watch::View;
use crate::runtime::backoff::Backoff;
use crate::wire::keys::{Bucket, Key};
use crate::wire::record::Record;

/// How often to list although nothing seems wrong, give or take a fifth.
const RELIST: Duration = Duration::from_secs(60);

/// The longest wait before another try. Dynamo waits up to 5 s; wants the list to be right within 2 s.
const SLOWEST_RETRY: Duration = Duration::from_millis(1500);

/// How long a list may take after a disturbance, before what is known counts as stale.
const PROMPT: Duration = Duration::from_millis(500);

/// Why a watch came to its end.
enum WatchEnd {
    /// Nobody listens any more.
    Unheard,
    /// It is time to list again.
    Relist,
    /// The server does not go on with this one, but answers.
    Cancelled(String),
    /// The stream is broken or silent.
    Broken(EtcdError),
}

/// Tells `events` of the bucket until it is dropped, or nobody listens.
pub(super) async fn follow(link: &EtcdLink, bucket: Bucket, events: &mpsc::Sender<DiscoveryEvent>) {
    let mut follower = Follower { link, bucket, events, view: View::new() };
    let mut backoff = Backoff::new(FIRST_RETRY, SLOWEST_RETRY, fastrand::Rng::new());
    // Whether what the watcher knows may miss something.
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
            WatchEnd::Cancelled(reason) => tracing::debug!(reason, "etcd cancelled the watch of {bucket}"),
            WatchEnd::Broken(fault) => {
                tracing::debug!(error = %fault, "the watch of {bucket} is broken");
                // A server that says nothing is out of reach; whether one that hung up is, listing will show.
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
    /// What the watcher was told.
    view: View,
}

impl Follower<'_> {
    /// Hands a list over, unless it is what the watcher knows and nothing has happened. False if nobody listens.
    async fn snapshot(&mut self, records: Vec<Record>, disturbed: bool) -> bool {
        let snapshot = DiscoveryEvent::Snapshot(records);
        let disturbed = disturbed || self.view.stale_since().is_some();
        let changes = self.view.apply(snapshot.clone(), Instant::now());
        if !disturbed && changes.is_empty() {
            return true;
        }
        self.events.send(snapshot).await.is_ok()
    }

    /// Says, once, that etcd is out of reach. False if nobody listens.
    async fn stale(&mut self) -> bool {
        if !self.view.is_known() || self.view.stale_since().is_some() {
            return true;
        }
        self.view.apply(DiscoveryEvent::Stale, Instant::now());
        self.events.send(DiscoveryEvent::Stale).await.is_ok()
    }

    /// Passes on what changes from `revision` on.
    async fn watch(&mut self, revision: i64, backoff: &mut Backoff) -> WatchEnd {
        let number = self.link.number().await;
        let mut stream = match self.open(revision).await {
            Ok(stream) => stream,
            Err(fault) => return WatchEnd::Broken(fault),
        };
        let relist = Instant::now() + RELIST.mul_f64(0.8 + 0.4 * fastrand::f64());
        let (interval, patience) = self.link.heartbeat;
        // An answer to the opening has come; from now on any message is a sign of life.
        let (mut ask, mut asked) = (Instant::now() + interval, false);
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
                    (ask, asked) = (Instant::now() + patience, true);
                    continue;
                }
            };
            let answer = match message {
                Ok(Some(answer)) => answer,
                Ok(None) => {
                    return WatchEnd::Broken(EtcdError::new(
                        EtcdErrorKind::Other,
                        "the server ended the stream",
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
            (ask, asked) = (Instant::now() + interval, false);
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

/// The records of the bucket, and the revision of which they are.
async fn list(link: &EtcdLink, bucket: Bucket) -> Result<(Vec<Record>, i64), EtcdError> {
    let prefix = format!("{bucket}/");
    let read =
        |client: Client| async move { kv(&client).get(prefix, Some(GetOptions::new().with_prefix())).await };
    let mut answer = link.call(PATIENCE, read).await?;
    let Some(revision) = answer.header().map(|header| header.revision()) else {
        return Err(EtcdError::new(EtcdErrorKind::Other, "a list without a revision"));
    };
    let records = answer.take_kvs().into_iter().filter_map(|kv| {
        let (key, value) = kv.into_key_value();
        Some(Record { key: parse(&key)?, value: value.into() })
    });
    Ok((records.collect(), revision))
}

/// Reads a key of a bucket; what is not text is of somebody else.
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
