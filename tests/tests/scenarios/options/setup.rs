//! What the scenarios of options share: runtimes that shut down quickly, and a journal of handlers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub(crate) use dynamo_harness::SOON;
use dynamo_harness::eventually;
use dynamo_rig::World;
use dynamo_sdk::config::ConfigBuilder;
use dynamo_sdk::prelude::*;

/// A runtime of its own that does not wait long for calls in flight when it shuts down.
pub(crate) async fn join(world: &World) -> DistributedRuntime {
    join_with(world, |config| config).await
}

/// The same with other settings.
pub(crate) async fn join_with(world: &World, tune: fn(ConfigBuilder) -> ConfigBuilder) -> DistributedRuntime {
    world.join(|config| tune(config.graceful_shutdown_timeout(Duration::from_millis(300)))).await
}

/// What became of the handlers of a component.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Counts>);

#[derive(Default)]
struct Counts {
    begun: AtomicUsize,
    finished: AtomicUsize,
    stopped: AtomicUsize,
    ended: AtomicUsize,
}

impl Journal {
    /// Notes that a handler runs, until the result is dropped.
    pub(crate) fn begin(&self) -> Visit {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        Visit(self.clone())
    }

    pub(crate) fn begun(&self) -> usize {
        self.0.begun.load(Ordering::SeqCst)
    }

    pub(crate) fn finished(&self) -> usize {
        self.0.finished.load(Ordering::SeqCst)
    }

    pub(crate) fn stopped(&self) -> usize {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Waits until `count` handlers have begun.
    pub(crate) async fn has_begun(&self, count: usize) {
        eventually(SOON, "handlers that begin", async || self.begun() == count).await;
    }

    /// Waits until no handler is left of those that have begun.
    pub(crate) async fn is_over(&self) {
        eventually(SOON, "the end of the handlers", async || {
            self.0.ended.load(Ordering::SeqCst) == self.begun()
        })
        .await;
    }
}

/// A handler that runs.
pub(crate) struct Visit(Journal);

impl Visit {
    pub(crate) fn stopped(&self) {
        self.0.0.stopped.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn finished(self) {
        self.0.0.finished.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}
