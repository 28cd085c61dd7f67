//! The lease of this process and the records attached to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use etcd_client::{Client, Compare, CompareOp, LeaseGrantOptions, PutOptions, Txn, TxnOp, TxnOpResponse};
use tokio::sync::{Mutex, watch as state};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::discovery::contract::LeaseState;
use crate::discovery::etcd::link::{
    EtcdError, EtcdErrorKind, EtcdLink, FIRST_RETRY, PATIENCE, SLOWEST_RETRY,
};
use crate::runtime::backoff::Backoff;
use crate::wire::keys::Key;
use crate::wire::record::Record;

/// How long registering keeps retrying.
const REGISTER: Duration = Duration::from_secs(10);
/// etcd's default limit of operations per transaction.
const MAX_OPS: usize = 128;

#[derive(Debug)]
pub(super) struct Session {
    pub(super) link: Arc<EtcdLink>,
    /// The lease id, chosen by this process so that it stays the same when the lease is granted again.
    pub(super) id: i64,
    ttl: Duration,
    /// Held while records of this process change, so that local state and store agree.
    own: Mutex<SessionRecords>,
    pub(super) state: state::Sender<LeaseState>,
    pub(super) ended: CancellationToken,
}

#[derive(Debug, Default)]
struct SessionRecords {
    records: BTreeMap<Key, Bytes>,
    /// Keys to delete from etcd if they exist: their removal failed, or the outcome of their
    /// registration is unknown.
    pending_removal: BTreeSet<Key>,
    closed: bool,
}

impl Session {
    pub(super) fn new(link: EtcdLink, id: i64, ttl: Duration) -> Self {
        Self {
            link: Arc::new(link),
            id,
            ttl,
            own: Mutex::default(),
            state: state::Sender::new(LeaseState::Held),
            ended: CancellationToken::new(),
        }
    }

    pub(super) fn describe(&self) -> String {
        self.link.describe()
    }

    /// Takes the lease and returns its TTL. An existing lease is left over from an earlier attempt and
    /// is renewed.
    pub(super) async fn grant(&self, patience: Duration) -> Result<Duration, EtcdError> {
        let id = self.id;
        let seconds = self.ttl.as_secs() + u64::from(self.ttl.subsec_nanos() > 0);
        let ttl = i64::try_from(seconds).unwrap_or(i64::MAX);
        let options = LeaseGrantOptions::new().with_id(id);
        let granting = |mut client: Client| async move { client.lease_grant(ttl, Some(options)).await };
        match self.link.call(patience, granting).await {
            Ok(answer) => Ok(Duration::from_secs(answer.ttl().try_into().unwrap_or_default())),
            Err(fault) if fault.kind == EtcdErrorKind::LeaseExists => {
                self.link
                    .call(patience, |mut client| async move { client.lease_keep_alive(id).await })
                    .await?;
                Ok(self.ttl)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Returns the TTL to assume after a renewal whose answer carries none.
    pub(super) fn ttl(&self) -> Duration {
        self.ttl
    }

    /// Creates the key of a record; returns false if it exists. Retries for a while, also while the
    /// lease is lost.
    pub(super) async fn register(&self, record: Record) -> Result<bool, EtcdError> {
        let deadline = Instant::now() + REGISTER;
        let mut backoff = Backoff::new(FIRST_RETRY, SLOWEST_RETRY, fastrand::Rng::new());
        let mut own = self.own.lock().await;
        if own.closed || own.records.contains_key(&record.key) {
            return Ok(false);
        }
        // An earlier attempt may have created the key, with another value.
        let ours = own.pending_removal.contains(&record.key);
        // If this future is dropped midway, the key must be removed, because it may have been created.
        own.pending_removal.insert(record.key.clone());
        loop {
            let mut outcome = self.create(&record).await;
            if ours && matches!(outcome, Ok(false)) {
                outcome = self.if_ours(&record.key, self.put(&record.key, &record.value)).await;
            }
            match outcome {
                Ok(created) => {
                    own.pending_removal.remove(&record.key);
                    if created {
                        own.records.insert(record.key, record.value);
                    }
                    return Ok(created);
                }
                Err(fault) if fault.kind == EtcdErrorKind::Denied => {
                    own.pending_removal.remove(&record.key);
                    return Err(fault);
                }
                Err(fault) => {
                    let delay = backoff.delay();
                    if Instant::now() + delay >= deadline {
                        return Err(fault);
                    }
                    tracing::debug!(error = %fault, key = %record.key, "retrying to register");
                    sleep(delay).await;
                }
            }
        }
    }

    async fn create(&self, record: &Record) -> Result<bool, EtcdError> {
        let key = record.key.to_string();
        let txn = Txn::new()
            .when([Compare::version(key.clone(), CompareOp::Equal, 0)])
            .and_then([self.put(&record.key, &record.value)])
            .or_else([TxnOp::get(key, None)]);
        let answer = self.link.call(PATIENCE, |mut client| async move { client.txn(txn).await }).await?;
        // An earlier attempt may have created the key although its answer was lost.
        let arrived = answer.op_responses().first().is_some_and(|answer| match answer {
            TxnOpResponse::Get(get) => {
                get.kvs().first().is_some_and(|kv| kv.lease() == self.id && kv.value() == record.value)
            }
            _ => false,
        });
        Ok(answer.succeeded() || arrived)
    }

    fn put(&self, key: &Key, value: &Bytes) -> TxnOp {
        TxnOp::put(key.to_string(), value.as_ref(), Some(PutOptions::new().with_lease(self.id)))
    }

    /// Applies `operation` if the key is attached to this lease. Returns whether it was.
    async fn if_ours(&self, key: &Key, operation: TxnOp) -> Result<bool, EtcdError> {
        let ours = Compare::lease(key.to_string(), CompareOp::Equal, self.id);
        let txn = Txn::new().when([ours]).and_then([operation]);
        let answer = self.link.call(PATIENCE, |mut client| async move { client.txn(txn).await }).await?;
        Ok(answer.succeeded())
    }

    /// Applies all `operations`, as atomically as etcd's limit allows.
    async fn transact(&self, mut operations: Vec<TxnOp>) -> Result<(), EtcdError> {
        while !operations.is_empty() {
            let rest = operations.split_off(operations.len().min(MAX_OPS));
            let txn = Txn::new().and_then(std::mem::replace(&mut operations, rest));
            self.link.call(PATIENCE, |mut client| async move { client.txn(txn).await }).await?;
        }
        Ok(())
    }

    /// Deletes a key of this process. A failed deletion is retried in the background.
    pub(super) async fn deregister(&self, key: &Key) -> Result<(), EtcdError> {
        let mut own = self.own.lock().await;
        if own.records.remove(key).is_none() && !own.pending_removal.contains(key) {
            return Ok(());
        }
        own.pending_removal.insert(key.clone());
        let name = key.to_string();
        self.link.call(PATIENCE, |mut client| async move { client.delete(name, None).await }).await?;
        own.pending_removal.remove(key);
        Ok(())
    }

    /// Returns whether keys are waiting for deletion. False while another task holds the lock.
    pub(super) fn is_untidy(&self) -> bool {
        self.own.try_lock().is_ok_and(|own| !own.pending_removal.is_empty())
    }

    /// Deletes the keys that are waiting for it.
    pub(super) async fn tidy(&self) {
        let mut own = self.own.lock().await;
        while let Some(key) = own.pending_removal.first().cloned() {
            if let Err(fault) = self.if_ours(&key, TxnOp::delete(key.to_string(), None)).await {
                tracing::debug!(error = %fault, %key, "cannot delete a deregistered key");
                return;
            }
            own.pending_removal.remove(&key);
        }
    }

    /// Writes all records to etcd, retrying until it succeeds (contract 6).
    pub(super) async fn restore(&self) {
        let mut backoff = Backoff::new(FIRST_RETRY, SLOWEST_RETRY, fastrand::Rng::new());
        while let Err(fault) = self.put_all().await {
            tracing::debug!(error = %fault, "retrying to register all records");
            sleep(backoff.delay()).await;
        }
    }

    async fn put_all(&self) -> Result<(), EtcdError> {
        let own = self.own.lock().await;
        self.transact(own.records.iter().map(|(key, value)| self.put(key, value)).collect()).await
    }

    /// Deletes all keys first, so that callers turn away at once, and then revokes the lease.
    pub(super) async fn close(&self) -> Result<(), EtcdError> {
        let mut own = self.own.lock().await;
        if std::mem::replace(&mut own.closed, true) {
            return Ok(());
        }
        let keys = own.records.keys();
        let deleted = self.transact(keys.map(|key| TxnOp::delete(key.to_string(), None)).collect()).await;
        let id = self.id;
        match self.link.call(PATIENCE, |mut client| async move { client.lease_revoke(id).await }).await {
            // Without the lease its records are gone as well.
            Ok(_) => Ok(()),
            Err(fault) if fault.kind == EtcdErrorKind::NoLease => Ok(()),
            Err(fault) => deleted.and(Err(fault)),
        }
    }
}
