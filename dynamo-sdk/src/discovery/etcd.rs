//! Discovery for a cluster: records are etcd keys attached to the lease of their process
//! (docs/wire/discovery.md#etcd-worker, docs/wire/discovery.md#etcd-caller).
//!
//! Only this module and its submodules use `etcd-client`. Everything runs on the secondary pool, which
//! also owns the connections, so that busy handlers do not cost the lease. Requires etcd 3.4 or later.

pub(crate) mod keep_alive;
pub(crate) mod link;
pub(crate) mod session;
pub(crate) mod watcher;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, watch as state};
use tokio::time::{Instant, sleep, timeout};

use crate::address::ids::InstanceId;
use crate::clock::from_now;
use crate::config::discovery::DiscoverySettings;
use crate::discovery::contract::{Discovery, LeaseState, Watch, closed, conflict};
use crate::discovery::etcd::link::{
    EtcdError, EtcdErrorKind, EtcdLink, FIRST_RETRY, PATIENCE, SLOWEST_RETRY,
};
use crate::discovery::etcd::session::Session;
use crate::discovery::lease::Lease;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::Runtime;
use crate::runtime::backoff::Backoff;
use crate::wire::keys::{Bucket, Key};
use crate::wire::record::Record;

/// Interval between log lines while startup waits for etcd.
const SAY_AGAIN: Duration = Duration::from_secs(5);
/// Time limit for closing.
const CLOSE: Duration = Duration::from_secs(5);

/// A member of an etcd cluster. Dropping it without closing leaves its records to expire with the lease.
#[derive(Debug)]
pub(crate) struct EtcdDiscovery {
    runtime: Runtime,
    session: Arc<Session>,
}

impl EtcdDiscovery {
    /// Connects, waiting for etcd if necessary, and takes a lease whose id is the instance id.
    pub(crate) async fn connect(
        runtime: &Runtime,
        settings: &DiscoverySettings,
        id: InstanceId,
    ) -> Result<Arc<Self>> {
        let lease_id = i64::try_from(id.0).ok().filter(|id| *id > 0).ok_or_else(|| {
            Error::new(ErrorKind::Invalid, format!("instance id {id} cannot be used as an etcd lease id"))
        })?;
        let settings = settings.clone();
        let (session, lease) =
            runtime.on_secondary(Box::pin(async move { start(&settings, lease_id).await })).await??;
        let session = Arc::new(session);
        tracing::debug!(instance = %id, "joined {}", session.describe());
        let kept = Arc::clone(&session);
        drop(runtime.supervise("lease in etcd", move || {
            let (ended, keep) = (kept.ended.clone(), keep_alive::keep(Arc::clone(&kept), lease.clone()));
            async move { ended.run_until_cancelled(keep).await.unwrap_or_default() }
        }));
        Ok(Arc::new(Self { runtime: runtime.clone(), session }))
    }

    fn check_open(&self) -> Result<()> {
        if self.session.ended.is_cancelled() { Err(closed(&self.describe())) } else { Ok(()) }
    }

    /// Runs `work` on the pool of the connections until this member closes. `work` continues if the
    /// caller is dropped.
    async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T> {
        self.check_open()?;
        let ended = self.session.ended.clone();
        let done = self.runtime.on_secondary(async move { ended.run_until_cancelled(work).await }).await?;
        done.ok_or_else(|| closed(&self.describe()))
    }

    fn failed(&self, doing: &str, key: &Key, fault: EtcdError) -> Error {
        Error::new(
            fault.kind.error(),
            format!("cannot {doing} {key} in {} (ETCD_ENDPOINTS)", self.describe()),
        )
        .with_source(fault)
    }
}

#[async_trait]
impl Discovery for EtcdDiscovery {
    fn describe(&self) -> String {
        self.session.describe()
    }

    async fn register(&self, record: Record) -> Result<()> {
        let key = record.key.clone();
        let session = Arc::clone(&self.session);
        match self.run(async move { session.register(record).await }).await? {
            Ok(true) => Ok(()),
            Ok(false) => Err(conflict(&key, &self.describe())),
            Err(fault) => Err(self.failed("register", &key, fault)),
        }
    }

    async fn deregister(&self, key: &Key) -> Result<()> {
        let (session, gone) = (Arc::clone(&self.session), key.clone());
        let done = self.run(async move { session.deregister(&gone).await }).await?;
        done.map_err(|fault| self.failed("deregister", key, fault))
    }

    async fn watch(&self, bucket: Bucket) -> Result<Watch> {
        self.check_open()?;
        let (events, watch) = mpsc::channel(Watch::CAPACITY);
        let session = Arc::clone(&self.session);
        drop(self.runtime.supervise("watch of etcd", move || {
            let (ended, link, events) = (session.ended.clone(), Arc::clone(&session.link), events.clone());
            async move {
                tokio::select! {
                    () = events.closed() => {}
                    () = ended.cancelled() => {}
                    () = watcher::follow(&link, bucket, &events) => {}
                }
            }
        }));
        Ok(Watch::new(watch))
    }

    fn lease(&self) -> state::Receiver<LeaseState> {
        self.session.state.subscribe()
    }

    async fn close(&self) {
        self.session.ended.cancel();
        let session = Arc::clone(&self.session);
        let closing = async move { timeout(CLOSE, session.close()).await };
        match self.runtime.on_secondary(closing).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(fault))) => {
                tracing::warn!(error = %fault, "cannot revoke the lease at {}; its keys will expire", self.describe());
            }
            Ok(Err(_)) => {
                tracing::warn!(
                    "timed out after {CLOSE:?} revoking the lease at {}; its keys will expire",
                    self.describe()
                );
            }
            Err(error) => tracing::debug!(%error, "cannot revoke the lease at {}", self.describe()),
        }
        self.session.state.send_replace(LeaseState::Closed);
    }
}

impl Drop for EtcdDiscovery {
    fn drop(&mut self) {
        self.session.ended.cancel();
    }
}

/// Retries until it succeeds, fails permanently, or exceeds the startup limit.
async fn start(settings: &DiscoverySettings, id: i64) -> Result<(Session, Lease)> {
    let deadline = from_now(settings.etcd_startup_connect_timeout);
    let mut backoff = Backoff::new(FIRST_RETRY, SLOWEST_RETRY, fastrand::Rng::new());
    let mut say = Instant::now();
    let place = format!("etcd at {} (ETCD_ENDPOINTS)", settings.etcd_urls());
    loop {
        let fault = match enter(settings, id).await {
            Ok(entered) => return Ok(entered),
            Err(fault) => fault,
        };
        let now = Instant::now();
        let error = match fault.kind {
            EtcdErrorKind::Denied => {
                let what = format!(
                    "{place} rejects the credentials; check ETCD_AUTH_USERNAME and ETCD_AUTH_PASSWORD"
                );
                Error::new(ErrorKind::Denied, what)
            }
            EtcdErrorKind::Invalid => Error::new(ErrorKind::Invalid, format!("cannot use {place}")),
            _ if now >= deadline => {
                let waited = settings.etcd_startup_connect_timeout.as_secs_f64();
                let what = format!(
                    "{place} did not answer within {waited} s (ETCD_STARTUP_CONNECT_TIMEOUT_SECONDS)"
                );
                Error::new(ErrorKind::Unreachable, format!("{what}; start it, or correct ETCD_ENDPOINTS"))
            }
            _ => {
                if now >= say {
                    tracing::warn!(error = %fault, "waiting for {place}");
                    say = now + SAY_AGAIN;
                }
                sleep(backoff.delay().min(deadline - now)).await;
                continue;
            }
        };
        return Err(error.with_source(fault));
    }
}

/// Makes one attempt: connects, checks read access, takes the lease.
async fn enter(settings: &DiscoverySettings, id: i64) -> Result<(Session, Lease), EtcdError> {
    let link = EtcdLink::open(settings).await?;
    link.probe().await?;
    let session = Session::new(link, id, settings.etcd_lease_ttl);
    let sent = Instant::now();
    let ttl = session.grant(PATIENCE).await?;
    let lease = Lease::granted(ttl, sent, Instant::now(), fastrand::Rng::new());
    Ok((session, lease))
}
