//! The local runtime: two thread pools, a token tree and tracked tasks. Knows neither discovery nor
//! transports.
//!
//! The *primary* pool runs user handlers and the data path. The *secondary* pool has its own threads and
//! runs what must not wait for them: lease keep-alive, watches, signals. Handlers that block every
//! primary thread therefore do not cost the process its lease.

pub(crate) mod backoff;
#[cfg(feature = "_network")]
pub(crate) mod files;
pub(crate) mod pools;
pub(crate) mod shutdown;

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use uuid::Uuid;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::observe::observer::Observer;
use crate::observe::observers::Observers;
use crate::runtime::backoff::Backoff;
use crate::runtime::pools::Pools;

/// The pauses before a task that panicked is started again.
const FIRST_RESTART: Duration = Duration::from_millis(100);
const SLOWEST_RESTART: Duration = Duration::from_secs(5);

/// The local runtime of a process, or of a part of it. Clones share it.
///
/// A process may contain several runtimes. Owned pools shut down when the last clone is dropped; tasks
/// still running are dropped at their next await point. For an orderly shutdown use
/// [`DistributedRuntime::shutdown`](crate::node::DistributedRuntime::shutdown).
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<RuntimeInner>,
    observers: Observers,
}

struct RuntimeInner {
    id: Uuid,
    pools: Pools,
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Runtime {
    /// Creates both pools as configured by `config`.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the operating system refuses the threads.
    pub fn new(config: &Config) -> Result<Self> {
        Ok(Self::with_pools(Pools::owned(&config.runtime)?))
    }

    /// Uses the caller's Tokio runtime as the primary pool and creates a secondary one.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] outside of a Tokio runtime, [`ErrorKind::Internal`] if the operating
    /// system refuses the thread.
    pub fn from_current() -> Result<Self> {
        let handle = Handle::try_current().map_err(|source| {
            Error::new(
                ErrorKind::Invalid,
                "Runtime::from_current needs a running Tokio runtime; call it from async code, or use Runtime::new",
            )
            .with_source(source)
        })?;
        Self::from_handle(handle)
    }

    /// Uses `primary` as the primary pool and creates a secondary one. The caller keeps `primary` alive.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the operating system refuses the thread.
    pub fn from_handle(primary: Handle) -> Result<Self> {
        Ok(Self::with_pools(Pools::borrowed(primary)?))
    }

    /// Creates a single-threaded primary pool and a secondary one.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the operating system refuses the threads.
    pub fn single_threaded() -> Result<Self> {
        Ok(Self::with_pools(Pools::single()?))
    }

    fn with_pools(pools: Pools) -> Self {
        let inner = RuntimeInner {
            id: Uuid::new_v4(),
            pools,
            token: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        Self { inner: Arc::new(inner), observers: Observers::default() }
    }

    /// Installs an observer for everything that runs on the returned handle: pass it to
    /// [`DistributedRuntime::new`](crate::node::DistributedRuntime::new). Other clones are unaffected, and observers
    /// installed before stay.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Observer) -> Self {
        self.observers = self.observers.with(observer);
        self
    }

    /// Returns a handle with the same observers and fresh counters.
    pub(crate) fn with_fresh_metrics(mut self) -> Self {
        self.observers = self.observers.fresh();
        self
    }

    pub(crate) fn observers(&self) -> &Observers {
        &self.observers
    }

    /// Returns a random id, for log lines.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.inner.id
    }

    /// Returns the root of the token tree. It is cancelled when the shutdown has finished, not when it
    /// begins.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.inner.token.clone()
    }

    /// Returns a token that is cancelled with the runtime; cancelling it does not affect the runtime.
    #[must_use]
    pub fn child_token(&self) -> CancellationToken {
        self.inner.token.child_token()
    }

    /// Spawns `future` on the primary pool. Shutdown waits for it within its limits, then drops it by
    /// cancelling the runtime's token.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let token = self.inner.token.clone();
        let future = async move { token.run_until_cancelled_owned(future).await };
        self.inner.tasks.spawn_on(future, self.inner.pools.primary())
    }

    /// Spawns `future` on a blocking thread of the primary pool, where it may block. It can only be
    /// dropped at an await point; shutdown waits for it within its limits.
    pub(crate) fn spawn_blocking<F>(&self, future: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (token, pool) = (self.inner.token.clone(), self.inner.pools.primary().clone());
        let work = move || pool.block_on(token.run_until_cancelled_owned(future));
        self.inner.tasks.spawn_blocking_on(work, self.inner.pools.primary())
    }

    /// Runs the start of a component in a task, where it may block: the thread of the caller, which is that of `main`,
    /// stays free for a shutdown, and so do the threads of the pools where the pool has more than the caller's.
    ///
    /// # Errors
    /// [`ErrorKind::ShuttingDown`] if the runtime ends first.
    ///
    /// # Panics
    /// If `future` panics.
    ///
    /// # Cancel safety
    /// Dropping this future drops `future` at its next await.
    pub(crate) async fn run_start<F>(&self, future: F) -> Result<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let given_up = CancellationToken::new();
        let _guard = given_up.clone().drop_guard();
        let future = given_up.run_until_cancelled_owned(future.in_current_span());
        // A paused clock, which only the runtime of one thread has, stands still while a blocking thread is in use.
        let task = match self.inner.pools.primary().runtime_flavor() {
            RuntimeFlavor::CurrentThread => self.spawn(future),
            _ => self.spawn_blocking(future),
        };
        match task.await {
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            other => joined(other.map(Option::flatten)),
        }
    }

    /// Spawns `future` on the secondary pool. It must not block.
    pub(crate) fn spawn_secondary<F>(&self, future: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let token = self.inner.token.clone();
        let future = async move { token.run_until_cancelled_owned(future).await };
        self.inner.tasks.spawn_on(future, self.inner.pools.secondary())
    }

    /// Spawns `future` on the secondary pool for as long as the pool lives: it outlives the end of the runtime's tasks,
    /// which it may bring about.
    #[expect(clippy::disallowed_methods, reason = "what ends the process must not end with the runtime")]
    pub(crate) fn spawn_watchdog<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(self.inner.pools.secondary().spawn(future));
    }

    /// Keeps a task of the secondary pool alive that the runtime depends on: if it panics, that is reported, and `make`
    /// starts it again after a pause. It ends when it returns, and with the runtime.
    pub(crate) fn supervise<F>(
        &self,
        task: &'static str,
        mut make: impl FnMut() -> F + Send + 'static,
    ) -> JoinHandle<Option<()>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let observers = self.observers.clone();
        self.spawn_secondary(async move {
            let mut backoff = Backoff::new(FIRST_RESTART, SLOWEST_RESTART, fastrand::Rng::new());
            let mut started = Instant::now();
            while AssertUnwindSafe(make()).catch_unwind().await.is_err() {
                if started.elapsed() > SLOWEST_RESTART {
                    backoff.reset();
                }
                observers.task_restarted(task);
                tracing::error!(task, "a task of the runtime panicked; starting it again");
                sleep(backoff.delay()).await;
                started = Instant::now();
            }
        })
    }

    /// Runs `future` on the secondary pool and waits for its result. Used to open control connections: a
    /// connection belongs to the pool that opens it.
    ///
    /// # Errors
    /// [`ErrorKind::ShuttingDown`] if the runtime shuts down first.
    ///
    /// # Cancel safety
    /// Dropping this future leaves `future` running.
    pub(crate) async fn on_secondary<F>(&self, future: F) -> Result<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        joined(self.spawn_secondary(future).await)
    }

    /// Runs `future` on the calling thread, inside the primary pool's context. For `main` functions
    /// without a Tokio runtime.
    ///
    /// # Panics
    /// If called from async code.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.inner.pools.block_on(future)
    }

    /// Cancels the token and waits for all tasks to end.
    pub(crate) async fn finish(&self) {
        self.inner.token.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Returns the number of tasks that run on both pools.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.inner.tasks.len()
    }
}

/// Unwraps the result of a task of the runtime.
///
/// # Errors
/// [`ErrorKind::ShuttingDown`] if the runtime ended first.
pub(crate) fn joined<T>(result: Result<Option<T>, tokio::task::JoinError>) -> Result<T> {
    match result {
        Ok(Some(output)) => Ok(output),
        Ok(None) => Err(Error::new(ErrorKind::ShuttingDown, "the runtime is shutting down")),
        Err(source) => {
            Err(Error::new(ErrorKind::Internal, "a task of the runtime failed").with_source(source))
        }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("id", &self.inner.id).field("tasks", &self.inner.tasks.len()).finish()
    }
}

#[cfg(test)]
mod supervised {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_reported_and_started_again() {
        std::panic::set_hook(Box::new(|_| {}));
        let (runtime, runs) = (Runtime::from_current().unwrap(), Arc::new(AtomicU64::new(0)));
        let counted = Arc::clone(&runs);
        let task = runtime.supervise("a test", move || {
            let run = counted.fetch_add(1, Ordering::SeqCst);
            async move { assert!(run >= 3, "as asked") }
        });
        assert_eq!(task.await.unwrap(), Some(()));
        assert_eq!((runs.load(Ordering::SeqCst), runtime.observers().metrics().tasks_restarted()), (4, 3));
        // One that returns is not started again, and one that runs ends with the runtime.
        let task = runtime.supervise("a test", std::future::pending::<()>);
        runtime.inner.token.cancel();
        assert_eq!(task.await.unwrap(), None);
    }
}
