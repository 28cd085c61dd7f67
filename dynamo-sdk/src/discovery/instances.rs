//! The instance cache: one watch shared by all clients of a runtime, with a live list per endpoint.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::address::ids::{ComponentId, EndpointId, InstanceId};
use crate::discovery::watch::{Change, View};
use crate::discovery::{Discovery, DiscoveryEvent};
use crate::runtime::Runtime;
use crate::wire::instance::Instance;
use crate::wire::keys::{Bucket, Key};

/// The instances of an endpoint at one moment, sorted by instance id.
#[derive(Clone, Debug)]
pub struct InstanceList {
    /// The instances.
    pub instances: Arc<[Arc<Instance>]>,
    /// Since when the store has been unreachable, if it is. The list is then the last known one.
    pub stale_since: Option<Instant>,
    /// Whether the store has been read at all.
    pub(crate) known: bool,
}

impl InstanceList {
    /// Returns the instance with this id, if it is listed.
    #[must_use]
    pub fn get(&self, id: InstanceId) -> Option<&Arc<Instance>> {
        self.instances.binary_search_by_key(&id, |instance| instance.id).ok().map(|at| &self.instances[at])
    }
}

/// Starts the shared watch for the first client and ends it with the last.
#[derive(Debug)]
pub(crate) struct InstanceCache {
    runtime: Runtime,
    discovery: Arc<dyn Discovery>,
    feed: Mutex<Weak<InstanceWatch>>,
}

impl InstanceCache {
    pub(crate) fn new(runtime: Runtime, discovery: Arc<dyn Discovery>) -> Self {
        Self { runtime, discovery, feed: Mutex::default() }
    }

    /// Returns the watch, which lives as long as a handle to it.
    pub(crate) fn feed(&self) -> Arc<InstanceWatch> {
        let mut current = self.feed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = current.upgrade() {
            return feed;
        }
        let token = CancellationToken::new();
        let feed = Arc::new(InstanceWatch {
            tables: Mutex::default(),
            version: watch::Sender::new(0),
            _task: token.clone().drop_guard(),
        });
        *current = Arc::downgrade(&feed);
        let (discovery, target) = (Arc::clone(&self.discovery), Arc::downgrade(&feed));
        let follow = async move { token.run_until_cancelled(follow(&*discovery, &target)).await };
        drop(self.runtime.spawn_secondary(follow));
        feed
    }
}

async fn follow(discovery: &dyn Discovery, feed: &Weak<InstanceWatch>) {
    let mut watch = match discovery.watch(Bucket::Instances).await {
        Ok(watch) => watch,
        Err(error) => {
            tracing::warn!(?error, "the list of instances cannot be followed");
            return;
        }
    };
    while let Some(event) = watch.next().await {
        let Some(feed) = feed.upgrade() else { return };
        feed.apply(event);
    }
}

/// The instances of all endpoints, and the watchers of each list.
#[derive(Debug)]
pub(crate) struct InstanceWatch {
    tables: Mutex<InstanceTables>,
    /// Counts the events.
    version: watch::Sender<u64>,
    _task: DropGuard,
}

#[derive(Debug, Default)]
struct InstanceTables {
    view: View,
    /// The value of each key. An added instance is identified by its value, a removed one by its key.
    by_key: HashMap<Key, Arc<Instance>>,
    by_endpoint: HashMap<EndpointId, BTreeMap<InstanceId, Arc<Instance>>>,
    lists: HashMap<EndpointId, watch::Sender<InstanceList>>,
}

impl InstanceWatch {
    /// Returns the list of one endpoint, for watching.
    pub(crate) fn endpoint(&self, id: &EndpointId) -> watch::Receiver<InstanceList> {
        let mut tables = self.lock();
        let list = tables.list(id);
        // Drops the lists that are no longer watched, at the place where new ones are added.
        tables.lists.retain(|_, sender| sender.receiver_count() > 0);
        match tables.lists.entry(id.clone()) {
            Entry::Occupied(entry) => entry.get().subscribe(),
            Entry::Vacant(entry) => entry.insert(watch::Sender::new(list)).subscribe(),
        }
    }

    /// Returns the number of processes that serve any endpoint of a component.
    pub(crate) fn count(&self, id: &ComponentId) -> usize {
        let tables = self.lock();
        let of_component = tables
            .by_endpoint
            .iter()
            .filter(|(endpoint, _)| endpoint.namespace == id.namespace && endpoint.component == id.component);
        let ids: std::collections::BTreeSet<InstanceId> =
            of_component.flat_map(|(_, instances)| instances.keys().copied()).collect();
        ids.len()
    }

    /// Returns whether the store has been read.
    pub(crate) fn is_known(&self) -> bool {
        self.lock().view.is_known()
    }

    /// Returns a counter that changes with every event.
    pub(crate) fn version(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    fn apply(&self, event: DiscoveryEvent) {
        self.lock().apply(event);
        self.version.send_modify(|version| *version += 1);
    }

    // A panic while the lock is held leaves at worst a list that the next snapshot repairs.
    fn lock(&self) -> MutexGuard<'_, InstanceTables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InstanceTables {
    fn apply(&mut self, event: DiscoveryEvent) {
        let before = (self.view.is_known(), self.view.stale_since());
        let mut touched = Vec::new();
        for change in self.view.apply(event, Instant::now()) {
            match change {
                Change::Added(record) | Change::Updated(record) => {
                    touched.extend(self.forget(&record.key));
                    match Instance::from_json(&record.value) {
                        Ok(instance) => touched.push(self.remember(record.key, instance)),
                        Err(error) => tracing::warn!(key = %record.key, ?error, "a record is skipped"),
                    }
                }
                Change::Removed(record) => touched.extend(self.forget(&record.key)),
            }
        }
        if before != (self.view.is_known(), self.view.stale_since()) {
            touched = self.lists.keys().cloned().collect();
        }
        touched.sort();
        touched.dedup();
        for endpoint in touched {
            let list = self.list(&endpoint);
            if let Some(sender) = self.lists.get(&endpoint) {
                sender.send_replace(list);
            }
        }
    }

    fn remember(&mut self, key: Key, instance: Instance) -> EndpointId {
        let (endpoint, instance) = (instance.endpoint.clone(), Arc::new(instance));
        self.by_endpoint.entry(endpoint.clone()).or_default().insert(instance.id, Arc::clone(&instance));
        self.by_key.insert(key, instance);
        endpoint
    }

    fn forget(&mut self, key: &Key) -> Option<EndpointId> {
        let instance = self.by_key.remove(key)?;
        if let Entry::Occupied(mut entry) = self.by_endpoint.entry(instance.endpoint.clone()) {
            entry.get_mut().remove(&instance.id);
            if entry.get().is_empty() {
                entry.remove();
            }
        }
        Some(instance.endpoint.clone())
    }

    fn list(&self, endpoint: &EndpointId) -> InstanceList {
        let instances = self.by_endpoint.get(endpoint).map(|instances| instances.values().cloned().collect());
        InstanceList {
            instances: instances.unwrap_or_else(|| Arc::from([])),
            stale_since: self.view.stale_since(),
            known: self.view.is_known(),
        }
    }
}
