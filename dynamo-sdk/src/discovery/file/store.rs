//! The directories and files of a store. Everything here blocks on disk I/O; no tasks, no events.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::wire::keys::{Bucket, Key};
use crate::wire::record::Record;

/// Prefix of files that are still being written.
const TEMPORARY: &str = ".tmp_";
const LOCK_TRIES: usize = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    ttl: Duration,
}

/// The records of this process.
#[derive(Debug, Default)]
pub(super) struct OwnRecords {
    records: BTreeMap<Key, Bytes>,
    /// Keys whose files could not be removed yet.
    pending_removal: BTreeSet<Key>,
    closed: bool,
}

/// The outcome of publishing, unless it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Publish {
    Done,
    /// The key is already registered.
    Taken,
    Closed,
}

impl Store {
    pub(super) fn new(root: PathBuf, ttl: Duration) -> Self {
        Self { root, ttl }
    }

    pub(super) fn ttl(&self) -> Duration {
        self.ttl
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn directory(&self, bucket: Bucket) -> PathBuf {
        self.root.join(bucket.prefix())
    }

    fn file(&self, key: &Key) -> PathBuf {
        self.directory(key.bucket()).join(key.to_file_name())
    }

    /// Checks that this process can write to the directory.
    pub(super) fn probe(&self) -> io::Result<()> {
        let _lock = self.lock(Bucket::Instances)?;
        let file = self.temporary(Bucket::Instances);
        fs::write(&file, b"")?;
        fs::remove_file(file)
    }

    /// Opens the directory of a bucket, creating it if necessary, and locks it against other processes.
    fn lock(&self, bucket: Bucket) -> io::Result<File> {
        let directory = self.directory(bucket);
        let opened = match File::open(&directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(&directory)?;
                File::open(&directory)?
            }
            opened => opened?,
        };
        for _ in 0..LOCK_TRIES {
            match opened.try_lock() {
                Ok(()) => return Ok(opened),
                Err(fs::TryLockError::WouldBlock) => sleep(LOCK_PAUSE),
                Err(fs::TryLockError::Error(error)) => return Err(error),
            }
        }
        let held = format!("another process held the lock of {} for too long", directory.display());
        Err(io::Error::new(ErrorKind::TimedOut, held))
    }

    /// Writes a record that must not exist yet.
    pub(super) fn publish(&self, own: &mut OwnRecords, record: Record) -> io::Result<Publish> {
        let Record { key, value } = record;
        if own.closed {
            return Ok(Publish::Closed);
        }
        if own.records.contains_key(&key) {
            return Ok(Publish::Taken);
        }
        let _lock = self.lock(key.bucket())?;
        if own.pending_removal.remove(&key) {
            self.write(&key, &value)?;
        } else {
            self.expire_file(&self.file(&key))?;
            if !self.create(&key, &value)? {
                return Ok(Publish::Taken);
            }
        }
        own.records.insert(key, value);
        Ok(Publish::Done)
    }

    /// Creates the file of a record. Returns false if it exists.
    fn create(&self, key: &Key, value: &[u8]) -> io::Result<bool> {
        let temporary = self.temporary(key.bucket());
        fs::write(&temporary, value)?;
        let linked = fs::hard_link(&temporary, self.file(key));
        fs::remove_file(temporary)?;
        match linked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Creates or replaces the file of a record.
    fn write(&self, key: &Key, value: &[u8]) -> io::Result<()> {
        let temporary = self.temporary(key.bucket());
        fs::write(&temporary, value)?;
        fs::rename(&temporary, self.file(key)).inspect_err(|_| drop(fs::remove_file(&temporary)))
    }

    fn temporary(&self, bucket: Bucket) -> PathBuf {
        self.directory(bucket).join(format!("{TEMPORARY}{:016x}", fastrand::u64(..)))
    }

    /// Removes a record of this process.
    pub(super) fn retract(&self, own: &mut OwnRecords, key: &Key) -> io::Result<()> {
        if own.records.remove(key).is_none() && !own.pending_removal.contains(key) {
            return Ok(());
        }
        own.pending_removal.insert(key.clone());
        let _lock = self.lock(key.bucket())?;
        remove(&self.file(key))?;
        own.pending_removal.remove(key);
        Ok(())
    }

    /// Removes all records of this process, for good.
    pub(super) fn retract_all(&self, own: &mut OwnRecords) -> io::Result<()> {
        own.closed = true;
        let mut keys: Vec<_> = own.records.keys().chain(&own.pending_removal).cloned().collect();
        keys.sort();
        let mut outcome = Ok(());
        for keys in keys.chunk_by(|a, b| a.bucket() == b.bucket()) {
            // Proceeds without the lock if another process does not release it: deregistering matters
            // more.
            let _lock = self.lock(keys[0].bucket());
            for key in keys {
                outcome = outcome.and(remove(&self.file(key)));
            }
        }
        own.records.clear();
        own.pending_removal.clear();
        outcome
    }

    /// Refreshes every file of this process and rewrites missing ones; returns whether any was missing.
    /// Removes the files of processes whose heartbeat expired.
    pub(super) fn beat(&self, own: &mut OwnRecords) -> io::Result<bool> {
        let mut lost = false;
        if own.closed {
            return Ok(false);
        }
        for bucket in Bucket::ALL {
            let ours = own.records.iter().filter(|(key, _)| key.bucket() == bucket);
            if !self.directory(bucket).exists() && ours.clone().next().is_none() {
                continue;
            }
            let _lock = self.lock(bucket)?;
            own.pending_removal.retain(|key| key.bucket() != bucket || remove(&self.file(key)).is_err());
            for (key, value) in ours {
                match File::options().write(true).open(self.file(key)) {
                    Ok(file) => file.set_modified(SystemTime::now())?,
                    Err(error) if error.kind() == ErrorKind::NotFound => {
                        lost = true;
                        self.write(key, value)?;
                    }
                    Err(error) => return Err(error),
                }
            }
            for entry in fs::read_dir(self.directory(bucket))? {
                self.expire_file(&entry?.path())?;
            }
        }
        Ok(lost)
    }

    /// Removes a file whose heartbeat expired. A timestamp in the future counts as alive.
    fn expire_file(&self, file: &Path) -> io::Result<()> {
        if self.is_expired(file)? { remove(file) } else { Ok(()) }
    }

    fn is_expired(&self, file: &Path) -> io::Result<bool> {
        let modified = match fs::metadata(file) {
            Ok(metadata) if metadata.is_file() => metadata.modified()?,
            _ => return Ok(false),
        };
        Ok(SystemTime::now().duration_since(modified).is_ok_and(|age| age > self.ttl))
    }

    /// Returns the records of a bucket. Skips files that are unreadable, incomplete or expired: the
    /// process that should remove them may no longer exist.
    pub(super) fn list(&self, bucket: Bucket) -> io::Result<Vec<Record>> {
        let _lock = self.lock(bucket)?;
        let mut records = Vec::new();
        for entry in fs::read_dir(self.directory(bucket))? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with(TEMPORARY)) else { continue };
            let Some(key) = Key::from_file_name(bucket, name) else { continue };
            if self.is_expired(&entry.path()).unwrap_or(false) {
                continue;
            }
            match fs::read(entry.path()) {
                Ok(value) if !value.is_empty() => records.push(Record { key, value: value.into() }),
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, %key, "skipped an unreadable file"),
            }
        }
        Ok(records)
    }

    pub(super) fn is_temporary(file: &Path) -> bool {
        file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()))
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: &str) -> Record {
        let key = Key::new(Bucket::Instances, "interop/backend/echo/ab0716c7a3bbcd86");
        Record { key, value: value.to_owned().into() }
    }

    fn names(store: &Store) -> Vec<String> {
        let entries = fs::read_dir(store.directory(Bucket::Instances)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn age(store: &Store, key: &Key, age: Duration) {
        let file = File::options().write(true).open(store.file(key)).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    const TTL: Duration = Duration::from_secs(10);

    #[test]
    fn a_record_becomes_the_captured_file() {
        let capture = include_str!("../../../../tests/vectors/discovery/file-store.txt");
        let mut lines = capture.lines();
        let name = lines.next().unwrap().strip_prefix("FILE ./v1/instances/").unwrap();
        let value = lines.next().unwrap();
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(root.path().to_owned(), TTL);
        assert_eq!(store.publish(&mut OwnRecords::default(), record(value)).unwrap(), Publish::Done);
        assert_eq!(names(&store), [name]);
        assert_eq!(fs::read_to_string(root.path().join("v1/instances").join(name)).unwrap(), value);
        assert_eq!(store.list(Bucket::Instances).unwrap(), [record(value)]);
    }

    #[test]
    fn a_file_that_is_there_is_taken_unless_its_owner_is_dead() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(root.path().to_owned(), TTL);
        let (mut first, mut second) = (OwnRecords::default(), OwnRecords::default());
        store.publish(&mut first, record("1")).unwrap();
        assert_eq!(store.publish(&mut first, record("2")).unwrap(), Publish::Taken);
        assert_eq!(store.publish(&mut second, record("2")).unwrap(), Publish::Taken);
        age(&store, &record("").key, TTL * 2);
        assert_eq!(store.publish(&mut second, record("2")).unwrap(), Publish::Done);
        assert_eq!(store.list(Bucket::Instances).unwrap(), [record("2")]);
        assert_eq!(names(&store).len(), 1);
    }

    #[test]
    fn a_beat_expires_the_dead_keeps_ours_and_writes_what_was_taken_from_us() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(root.path().to_owned(), TTL);
        let mut own = OwnRecords::default();
        store.publish(&mut own, record("1")).unwrap();
        let dead = Key::new(Bucket::Instances, "a/b/c/1");
        store.write(&dead, b"{}").unwrap();
        age(&store, &dead, TTL + Duration::from_secs(1));
        age(&store, &record("").key, TTL + Duration::from_secs(1));
        assert!(!store.beat(&mut own).unwrap(), "ours was there");
        assert_eq!(store.list(Bucket::Instances).unwrap(), [record("1")]);
        fs::remove_dir_all(root.path()).unwrap();
        assert!(store.beat(&mut own).unwrap(), "it was gone");
        assert_eq!(store.list(Bucket::Instances).unwrap(), [record("1")]);
        store.retract_all(&mut own).unwrap();
        assert_eq!(names(&store), [""; 0]);
        assert_eq!(store.publish(&mut own, record("1")).unwrap(), Publish::Closed);
    }

    #[test]
    fn the_dead_are_not_listed_where_nobody_is_left_to_remove_them() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(root.path().to_owned(), TTL);
        store.publish(&mut OwnRecords::default(), record("1")).unwrap();
        age(&store, &record("").key, TTL - Duration::from_secs(1));
        assert_eq!(store.list(Bucket::Instances).unwrap(), [record("1")]);
        age(&store, &record("").key, TTL + Duration::from_secs(1));
        assert_eq!(store.list(Bucket::Instances).unwrap(), []);
        age(&store, &record("").key, Duration::ZERO);
        assert_eq!(store.list(Bucket::Instances).unwrap(), [record("1")], "it has come back");
    }

    #[test]
    fn what_is_being_written_is_not_listed() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(root.path().to_owned(), TTL);
        store.probe().unwrap();
        let directory = store.directory(Bucket::Instances);
        for (name, content) in [(".tmp_0123456789abcdef", "{}"), ("a%2Fb%2Fc%2F1", ""), ("%ff", "{}")] {
            fs::write(directory.join(name), content).unwrap();
        }
        fs::create_dir(directory.join("a%2Fb%2Fc%2F2")).unwrap();
        assert_eq!(store.list(Bucket::Instances).unwrap(), []);
    }
}
