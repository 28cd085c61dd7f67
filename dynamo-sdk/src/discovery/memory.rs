//! In-process discovery: the reference for the contract, and a store that tests can break on purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{mpsc, watch as state};
use tokio::time::Instant;

use crate::address::ids::InstanceId;
use crate::discovery::contract::{Discovery, DiscoveryEvent, LeaseState, Watch, closed, conflict};
use crate::error::{Error, ErrorKind, Result};
use crate::sync::Lock;
use crate::wire::keys::{Bucket, Key};
use crate::wire::record::Record;

const NAME: &str = "the memory store";

/// A store shared by the runtimes of one process. Clones refer to the same store.
///
/// ```
/// # tokio_test(async {
/// use dynamo_sdk::address::InstanceId;
/// use dynamo_sdk::discovery::{Bucket, Discovery, DiscoveryEvent, Key, MemoryStore, Record};
///
/// let store = MemoryStore::new();
/// let (worker, client) = (store.join(InstanceId(1)), store.join(InstanceId(2)));
/// let mut watch = client.watch(Bucket::Instances).await?;
/// assert_eq!(watch.next().await, Some(DiscoveryEvent::Snapshot(vec![])));
///
/// let record = Record { key: Key::new(Bucket::Instances, "demo/echo/say/1"), value: "{}".into() };
/// worker.register(record.clone()).await?;
/// assert_eq!(watch.next().await, Some(DiscoveryEvent::Put(record.clone())));
///
/// store.crash(InstanceId(1));
/// assert_eq!(watch.next().await, Some(DiscoveryEvent::Removed(record.key)));
/// # Ok::<(), dynamo_sdk::Error>(())
/// # });
/// # fn tokio_test(test: impl Future<Output = Result<(), dynamo_sdk::Error>>) {
/// #     tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test).unwrap();
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Lock<StoreState>>,
}

#[derive(Default)]
struct StoreState {
    records: BTreeMap<Key, (Bytes, Member)>,
    members: BTreeMap<Member, MemberState>,
    watchers: Vec<Watcher>,
    unreachable: bool,
    joined: u64,
    watched: u64,
}

/// Counts the calls of [`MemoryStore::join`].
type Member = u64;

struct MemberState {
    id: InstanceId,
    /// The records it registered, including those that the store lost with the lease.
    own: BTreeMap<Key, Bytes>,
    lease: state::Sender<LeaseState>,
}

struct Watcher {
    number: u64,
    member: Member,
    bucket: Bucket,
    events: mpsc::Sender<DiscoveryEvent>,
    /// It missed an event, and receives a snapshot once its queue is empty.
    behind: bool,
}

impl MemoryStore {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Joins the store as the member `id`. A member's records are removed when it is closed or dropped.
    #[must_use]
    pub fn join(&self, id: InstanceId) -> MemoryDiscovery {
        let mut state = self.shared.lock();
        state.joined += 1;
        let member = state.joined;
        let (lease, follow) = state::channel(LeaseState::Held);
        state.members.insert(member, MemberState { id, own: BTreeMap::new(), lease });
        MemoryDiscovery { store: self.clone(), member, lease: follow }
    }

    /// Expires the lease of `id`: its records are removed, and restored as soon as the store is
    /// reachable.
    pub fn lose(&self, id: InstanceId) {
        let mut state = self.shared.lock();
        for member in state.members_of(id) {
            state.drop_records(member);
            let since = Instant::now();
            if let Some(joined) = state.members.get(&member) {
                joined.lease.send_replace(LeaseState::Lost { since });
            }
            state.restore(member);
        }
    }

    /// Crashes `id` like a killed process: its records are removed, and all its further operations have
    /// no effect.
    pub fn crash(&self, id: InstanceId) {
        let mut state = self.shared.lock();
        for member in state.members_of(id) {
            state.leave(member);
        }
    }

    /// Sets whether the store is reachable. While it is not, watchers see a stale view, registering
    /// fails, and lost leases stay lost. Once it is again, they receive a snapshot.
    pub fn set_reachable(&self, reachable: bool) {
        let mut state = self.shared.lock();
        if state.unreachable != reachable {
            return;
        }
        state.unreachable = !reachable;
        if !reachable {
            state.tell(None, &DiscoveryEvent::Stale);
            return;
        }
        for watcher in &mut state.watchers {
            watcher.behind = true;
        }
        let members: Vec<_> = state.members.keys().copied().collect();
        for member in members {
            state.restore(member);
        }
        state.catch_up(None);
    }
}

impl StoreState {
    fn members_of(&self, id: InstanceId) -> Vec<Member> {
        self.members.iter().filter(|(_, joined)| joined.id == id).map(|(member, _)| *member).collect()
    }

    fn put(&mut self, member: Member, key: Key, value: Bytes) {
        self.records.insert(key.clone(), (value.clone(), member));
        self.tell(Some(key.bucket()), &DiscoveryEvent::Put(Record { key, value }));
    }

    fn remove(&mut self, key: &Key) {
        if self.records.remove(key).is_some() {
            self.tell(Some(key.bucket()), &DiscoveryEvent::Removed(key.clone()));
        }
    }

    fn drop_records(&mut self, member: Member) {
        let keys: BTreeSet<_> = self
            .records
            .iter()
            .filter(|(_, (_, owner))| *owner == member)
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            self.remove(&key);
        }
    }

    /// Contract 6.
    fn restore(&mut self, member: Member) {
        let Some(joined) = self.members.get(&member).filter(|_| !self.unreachable) else { return };
        if matches!(*joined.lease.borrow(), LeaseState::Lost { .. }) {
            let lease = joined.lease.clone();
            for (key, value) in joined.own.clone() {
                self.put(member, key, value);
            }
            lease.send_replace(LeaseState::Held);
        }
    }

    fn leave(&mut self, member: Member) {
        self.drop_records(member);
        self.watchers.retain(|watcher| watcher.member != member);
        if let Some(joined) = self.members.remove(&member) {
            joined.lease.send_replace(LeaseState::Closed);
        }
    }

    /// Sends an event to the watchers of a bucket, or of all. A change while unreachable becomes part of
    /// the next snapshot.
    fn tell(&mut self, bucket: Option<Bucket>, event: &DiscoveryEvent) {
        if self.unreachable && *event != DiscoveryEvent::Stale {
            return;
        }
        self.watchers.retain_mut(|watcher| {
            if !watcher.behind && bucket.is_none_or(|bucket| bucket == watcher.bucket) {
                watcher.behind = watcher.events.try_send(event.clone()).is_err();
            }
            !watcher.events.is_closed()
        });
    }

    /// Sends a snapshot to every watcher, or to the given one, that is behind and has an empty queue.
    fn catch_up(&mut self, number: Option<u64>) {
        let Self { records, watchers, unreachable, .. } = self;
        for watcher in watchers {
            let empty = watcher.events.capacity() == watcher.events.max_capacity();
            if *unreachable
                || !watcher.behind
                || !empty
                || number.is_some_and(|number| number != watcher.number)
            {
                continue;
            }
            let records = records.iter().filter(|(key, _)| key.bucket() == watcher.bucket);
            let records = records.map(|(key, (value, _))| Record { key: key.clone(), value: value.clone() });
            watcher.behind = watcher.events.try_send(DiscoveryEvent::Snapshot(records.collect())).is_err();
        }
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("MemoryStore")
            .field("members", &state.members.len())
            .field("records", &state.records.len())
            .field("reachable", &!state.unreachable)
            .finish()
    }
}

/// A member of a [`MemoryStore`]. Dropping it removes its records.
#[derive(Debug)]
pub struct MemoryDiscovery {
    store: MemoryStore,
    member: Member,
    lease: state::Receiver<LeaseState>,
}

impl MemoryDiscovery {
    /// Locks the store, if this member is still part of it.
    fn enter(&self) -> Result<MutexGuard<'_, StoreState>> {
        let state = self.store.shared.lock();
        if state.members.contains_key(&self.member) { Ok(state) } else { Err(closed(NAME)) }
    }
}

#[async_trait]
impl Discovery for MemoryDiscovery {
    fn describe(&self) -> String {
        NAME.to_owned()
    }

    async fn register(&self, Record { key, value }: Record) -> Result<()> {
        let mut state = self.enter()?;
        if state.unreachable {
            return Err(unreachable());
        }
        if state.records.contains_key(&key) {
            return Err(conflict(&key, NAME));
        }
        if let Some(joined) = state.members.get_mut(&self.member) {
            joined.own.insert(key.clone(), value.clone());
        }
        state.put(self.member, key, value);
        Ok(())
    }

    async fn deregister(&self, key: &Key) -> Result<()> {
        let mut state = self.enter()?;
        let own = state.members.get_mut(&self.member).and_then(|joined| joined.own.remove(key));
        if own.is_some() {
            state.remove(key);
            if state.unreachable {
                return Err(unreachable());
            }
        }
        Ok(())
    }

    async fn watch(&self, bucket: Bucket) -> Result<Watch> {
        let mut state = self.enter()?;
        let (events, follow) = mpsc::channel(Watch::CAPACITY);
        state.watched += 1;
        let number = state.watched;
        state.watchers.push(Watcher { number, member: self.member, bucket, events, behind: true });
        state.catch_up(Some(number));
        let shared = Arc::downgrade(&self.store.shared);
        let refill = move || {
            if let Some(shared) = shared.upgrade() {
                shared.lock().catch_up(Some(number));
            }
        };
        Ok(Watch::with_refill(follow, Box::new(refill)))
    }

    fn lease(&self) -> state::Receiver<LeaseState> {
        self.lease.clone()
    }

    async fn close(&self) {
        self.store.shared.lock().leave(self.member);
    }
}

impl Drop for MemoryDiscovery {
    fn drop(&mut self) {
        self.store.shared.lock().leave(self.member);
    }
}

fn unreachable() -> Error {
    Error::new(ErrorKind::Unreachable, "the memory store was made unreachable by `set_reachable`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::watch::View;

    fn record(n: usize) -> Record {
        Record { key: Key::new(Bucket::Instances, format!("a/b/c/{n:x}")), value: n.to_string().into() }
    }

    #[tokio::test]
    async fn a_slow_watcher_loses_nothing_and_keeps_nobody_waiting() {
        let store = MemoryStore::new();
        let (worker, client) = (store.join(InstanceId(1)), store.join(InstanceId(2)));
        let mut watch = client.watch(Bucket::Instances).await.unwrap();
        let count = 10 * Watch::CAPACITY;
        for n in 0..count {
            worker.register(record(n)).await.unwrap();
        }
        worker.deregister(&record(0).key).await.unwrap();
        let mut view = View::new();
        while view.iter().len() != count - 1 || view.get(&record(0).key).is_some() {
            view.apply(watch.next().await.unwrap(), Instant::now());
        }
    }

    #[tokio::test]
    async fn out_of_reach_is_stale_and_then_a_snapshot_with_all_that_happened() {
        let store = MemoryStore::new();
        let (worker, client) = (store.join(InstanceId(1)), store.join(InstanceId(2)));
        let mut watch = client.watch(Bucket::Instances).await.unwrap();
        worker.register(record(1)).await.unwrap();
        store.set_reachable(false);
        let mut late = client.watch(Bucket::Instances).await.unwrap();
        assert_eq!(worker.register(record(2)).await.unwrap_err().kind(), ErrorKind::Unreachable);
        store.lose(InstanceId(1));
        assert!(matches!(*worker.lease().borrow(), LeaseState::Lost { .. }));
        store.set_reachable(true);
        assert_eq!(*worker.lease().borrow(), LeaseState::Held);
        assert_eq!(watch.next().await, Some(DiscoveryEvent::Snapshot(vec![])));
        assert_eq!(watch.next().await, Some(DiscoveryEvent::Put(record(1))));
        assert_eq!(watch.next().await, Some(DiscoveryEvent::Stale));
        assert_eq!(watch.next().await, Some(DiscoveryEvent::Snapshot(vec![record(1)])));
        assert_eq!(late.next().await, Some(DiscoveryEvent::Snapshot(vec![record(1)])));
    }
}
