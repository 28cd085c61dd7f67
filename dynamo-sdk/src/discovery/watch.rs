//! A watcher's view of a bucket: events in, changes by value out. Pure.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use bytes::Bytes;
use tokio::time::Instant;

use crate::discovery::contract::DiscoveryEvent;
use crate::wire::keys::Key;
use crate::wire::record::Record;

/// A difference between the previous and the current view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Added(Record),
    /// The value changed; carries the new record.
    Updated(Record),
    /// The record was removed; carries its last value.
    Removed(Record),
}

/// The records of one bucket, according to the events so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    records: BTreeMap<Key, Bytes>,
    known: bool,
    stale: Option<Instant>,
}

impl View {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Applies an event. Returns real differences only: an event that repeats what is known yields none.
    pub(crate) fn apply(&mut self, event: DiscoveryEvent, now: Instant) -> Vec<Change> {
        match event {
            DiscoveryEvent::Snapshot(records) => {
                self.known = true;
                self.stale = None;
                self.replace(records)
            }
            DiscoveryEvent::Put(record) => self.put(record).into_iter().collect(),
            DiscoveryEvent::Removed(key) => self.remove(key).into_iter().collect(),
            DiscoveryEvent::Stale => {
                self.stale.get_or_insert(now);
                Vec::new()
            }
        }
    }

    fn replace(&mut self, records: Vec<Record>) -> Vec<Change> {
        let mut before = std::mem::take(&mut self.records);
        let mut changes = Vec::new();
        for Record { key, value } in records {
            match before.remove(&key) {
                None => changes.push(Change::Added(Record { key: key.clone(), value: value.clone() })),
                Some(old) if old != value => {
                    changes.push(Change::Updated(Record { key: key.clone(), value: value.clone() }));
                }
                Some(_) => {}
            }
            self.records.insert(key, value);
        }
        changes.extend(before.into_iter().map(|(key, value)| Change::Removed(Record { key, value })));
        changes
    }

    fn put(&mut self, record: Record) -> Option<Change> {
        match self.records.entry(record.key.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(record.value.clone());
                Some(Change::Added(record))
            }
            Entry::Occupied(entry) if *entry.get() == record.value => None,
            Entry::Occupied(mut entry) => {
                entry.insert(record.value.clone());
                Some(Change::Updated(record))
            }
        }
    }

    fn remove(&mut self, key: Key) -> Option<Change> {
        let value = self.records.remove(&key)?;
        Some(Change::Removed(Record { key, value }))
    }

    /// Iterates over the records, ordered by key.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&Key, &Bytes)> {
        self.records.iter()
    }

    #[cfg(test)]
    pub(crate) fn get(&self, key: &Key) -> Option<&Bytes> {
        self.records.get(key)
    }

    /// Returns whether a snapshot has arrived. Before the first one, an empty view means nothing.
    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// Returns since when the store has been unreachable, or `None` if it is reachable.
    pub(crate) fn stale_since(&self) -> Option<Instant> {
        self.stale
    }
}

/// Converts a change into the event for a downstream watcher.
impl From<Change> for DiscoveryEvent {
    fn from(change: Change) -> Self {
        match change {
            Change::Added(record) | Change::Updated(record) => Self::Put(record),
            Change::Removed(record) => Self::Removed(record.key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::keys::Bucket;

    fn key(n: u8) -> Key {
        Key::new(Bucket::Instances, format!("a/b/c/{n}"))
    }

    fn record(n: u8, value: u8) -> Record {
        Record { key: key(n), value: vec![value].into() }
    }

    #[test]
    fn a_snapshot_replaces_and_what_did_not_change_is_not_reported() {
        let now = Instant::now();
        let mut view = View::new();
        assert!(!view.is_known());
        view.apply(DiscoveryEvent::Snapshot(vec![record(1, 1), record(2, 1), record(3, 1)]), now);
        assert!(view.is_known());
        let changes =
            view.apply(DiscoveryEvent::Snapshot(vec![record(2, 1), record(3, 2), record(4, 1)]), now);
        assert_eq!(
            changes,
            [Change::Updated(record(3, 2)), Change::Added(record(4, 1)), Change::Removed(record(1, 1))]
        );
        assert_eq!(view.apply(DiscoveryEvent::Put(record(4, 1)), now), []);
        assert_eq!(view.apply(DiscoveryEvent::Removed(key(1)), now), []);
    }

    /// Contract 5.
    #[test]
    fn what_is_stale_is_kept_and_says_since_when() {
        let now = Instant::now();
        let mut view = View::new();
        view.apply(DiscoveryEvent::Snapshot(vec![record(1, 1)]), now);
        assert_eq!(view.apply(DiscoveryEvent::Stale, now), []);
        view.apply(DiscoveryEvent::Stale, now + std::time::Duration::from_secs(1));
        assert_eq!((view.stale_since(), view.iter().len()), (Some(now), 1));
        assert_eq!(view.get(&key(1)), Some(&record(1, 1).value));
        assert_eq!(view.apply(DiscoveryEvent::Snapshot(vec![record(1, 1)]), now), []);
        assert_eq!(view.stale_since(), None);
    }

    /// A store changes at random; its watcher receives the changes, or is cut off and receives a
    /// snapshot. The changes, applied to an empty list, always reproduce the store.
    #[test]
    fn changes_add_up_to_the_store_whatever_happens() {
        for seed in 0..300 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let (mut store, mut view, mut sum) = (BTreeMap::new(), View::new(), BTreeMap::new());
            let mut connected = false;
            let now = Instant::now();
            for _ in 0..200 {
                let n = rng.u8(0..6);
                let event = match rng.u8(0..10) {
                    0..5 => {
                        store.insert(key(n), vec![rng.u8(0..3)].into());
                        DiscoveryEvent::Put(Record { key: key(n), value: Bytes::clone(&store[&key(n)]) })
                    }
                    5..8 => {
                        store.remove(&key(n));
                        DiscoveryEvent::Removed(key(n))
                    }
                    8 => {
                        connected = false;
                        view.apply(DiscoveryEvent::Stale, now);
                        continue;
                    }
                    _ => {
                        connected = true;
                        let records = store
                            .iter()
                            .map(|(key, value)| Record { key: key.clone(), value: value.clone() });
                        DiscoveryEvent::Snapshot(records.collect())
                    }
                };
                if !connected {
                    continue;
                }
                for change in view.apply(event, now) {
                    match change {
                        Change::Added(record) => assert_eq!(sum.insert(record.key, record.value), None),
                        Change::Updated(record) => {
                            assert!(
                                sum.insert(record.key, record.value.clone())
                                    .is_some_and(|old| old != record.value)
                            );
                        }
                        Change::Removed(record) => assert_eq!(sum.remove(&record.key), Some(record.value)),
                    }
                }
                assert_eq!(sum, store, "seed {seed}");
                assert!(view.iter().eq(&store), "seed {seed}");
            }
        }
    }
}
