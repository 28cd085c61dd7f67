//! The instance cache: one watch shared by all clients of a runtime, with a live list per endpoint.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::address::ids::{ComponentId, EndpointId, InstanceId};
use crate::address::names::EndpointName;
use crate::discovery::contract::DiscoveryEvent;
use crate::discovery::shared::{SharedWatch, Table, WatchedTable};
use crate::discovery::watch::{Change, View};
use crate::wire::instance::Instance;
use crate::wire::keys::{Bucket, Key};

/// The instances of an endpoint at one moment, sorted by instance id.
#[derive(Clone, Debug)]
pub struct InstanceList {
    /// The instances that this process can call.
    pub instances: Arc<[Arc<Instance>]>,
    /// Since when the store has been unreachable, if it is. The list is then the last known one.
    pub stale_since: Option<Instant>,
    /// The instances whose transport this process does not use.
    pub(crate) foreign: Arc<[Arc<Instance>]>,
    /// Whether the store has been read at all.
    pub(crate) known: bool,
}

impl InstanceList {
    /// Returns the instance with this id, if it is listed.
    #[must_use]
    pub fn get(&self, id: InstanceId) -> Option<&Arc<Instance>> {
        self.instances.binary_search_by_key(&id, |instance| instance.id).ok().map(|at| &self.instances[at])
    }

    /// Returns whether no process serves the endpoint, over whichever transport.
    pub(crate) fn is_empty(&self) -> bool {
        self.instances.is_empty() && self.foreign.is_empty()
    }
}

/// The instances of all endpoints, for all clients of a runtime.
pub(crate) type InstanceCache = SharedWatch<InstanceTable>;

/// The instances of all endpoints, kept current.
pub(crate) type InstanceWatch = WatchedTable<InstanceTable>;

/// The contents of the instance bucket, by key and by endpoint, and the watchers of each list.
#[derive(Debug)]
pub(crate) struct InstanceTable {
    /// The transport of this process, as records name it.
    spoken: &'static str,
    view: View,
    /// The value of each key. An added instance is identified by its value, a removed one by its key.
    by_key: HashMap<Key, Arc<Instance>>,
    by_endpoint: HashMap<EndpointId, BTreeMap<InstanceId, Arc<Instance>>>,
    lists: HashMap<EndpointId, watch::Sender<InstanceList>>,
    /// The watched endpoints that have been served at some time.
    seen: HashSet<EndpointId>,
}

impl InstanceWatch {
    /// Returns the list of one endpoint, for watching.
    pub(crate) fn endpoint(&self, id: &EndpointId) -> watch::Receiver<InstanceList> {
        let mut tables = self.lock();
        let list = tables.list(id);
        // Drops the lists that are no longer watched, at the place where new ones are added.
        tables.lists.retain(|_, sender| sender.receiver_count() > 0);
        let InstanceTable { lists, seen, .. } = &mut *tables;
        seen.retain(|endpoint| lists.contains_key(endpoint));
        if !list.is_empty() {
            seen.insert(id.clone());
        }
        match tables.lists.entry(id.clone()) {
            Entry::Occupied(entry) => entry.get().subscribe(),
            Entry::Vacant(entry) => entry.insert(watch::Sender::new(list)).subscribe(),
        }
    }

    /// Returns the number of processes that serve any endpoint of a component and that this process can call.
    pub(crate) fn count(&self, id: &ComponentId) -> usize {
        let tables = self.lock();
        let of_component = tables
            .by_endpoint
            .iter()
            .filter(|(endpoint, _)| endpoint.namespace == id.namespace && endpoint.component == id.component);
        let ids: std::collections::BTreeSet<InstanceId> = of_component
            .flat_map(|(_, instances)| instances.values())
            .filter(|instance| tables.speaks(instance))
            .map(|instance| instance.id)
            .collect();
        ids.len()
    }

    /// Returns the names of the other endpoints of the component of `id` that are served, in order.
    pub(crate) fn served(&self, id: &EndpointId) -> Vec<EndpointName> {
        let tables = self.lock();
        let of_component = tables.by_endpoint.keys().filter(|other| {
            other.namespace == id.namespace && other.component == id.component && *other != id
        });
        let mut names: Vec<_> = of_component.map(|other| other.endpoint.clone()).collect();
        names.sort();
        names
    }

    /// Returns whether the endpoint has been served since its list is watched.
    pub(crate) fn was_seen(&self, id: &EndpointId) -> bool {
        self.lock().seen.contains(id)
    }

    /// Returns whether the store has been read.
    pub(crate) fn is_known(&self) -> bool {
        self.lock().view.is_known()
    }
}

impl Table for InstanceTable {
    const BUCKET: Bucket = Bucket::Instances;

    type Setup = &'static str;

    fn new(spoken: &&'static str) -> Self {
        Self {
            spoken,
            view: View::default(),
            by_key: HashMap::new(),
            by_endpoint: HashMap::new(),
            lists: HashMap::new(),
            seen: HashSet::new(),
        }
    }

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
                if !list.is_empty() {
                    self.seen.insert(endpoint);
                }
                sender.send_replace(list);
            }
        }
    }
}

impl InstanceTable {
    /// Returns whether this process can call an instance.
    fn speaks(&self, instance: &Instance) -> bool {
        instance.transport.name() == self.spoken
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
        let all = self.by_endpoint.get(endpoint).into_iter().flat_map(BTreeMap::values).cloned();
        let (instances, foreign): (Vec<_>, Vec<_>) = all.partition(|instance| self.speaks(instance));
        InstanceList {
            instances: instances.into(),
            foreign: foreign.into(),
            stale_since: self.view.stale_since(),
            known: self.view.is_known(),
        }
    }
}
