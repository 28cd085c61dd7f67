//! The observers of one runtime, shared by its parts.

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "_network")]
use std::time::Duration;

use crate::observe::metrics::Metrics;
use crate::observe::observer::{
    CallInfo, CallPhase, EventInfo, EventPhase, LeaseTransition, Observer, RequestInfo, RequestPhase,
};

/// The counters of a runtime and the observers of the program. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Observers {
    inner: Arc<ObserversInner>,
}

#[derive(Default)]
struct ObserversInner {
    metrics: Metrics,
    installed: Vec<Arc<dyn Observer>>,
    /// When the last rate-limited warning was logged.
    #[cfg(feature = "_network")]
    warned: crate::sync::Lock<Option<tokio::time::Instant>>,
}

impl Observers {
    /// Adds an observer. The result has fresh counters.
    pub(crate) fn with(&self, observer: impl Observer) -> Self {
        let mut installed = self.inner.installed.clone();
        installed.push(Arc::new(observer));
        Self { inner: Arc::new(ObserversInner { installed, ..ObserversInner::default() }) }
    }

    /// Returns a copy with fresh counters.
    pub(crate) fn fresh(&self) -> Self {
        let installed = self.inner.installed.clone();
        Self { inner: Arc::new(ObserversInner { installed, ..ObserversInner::default() }) }
    }

    /// Returns whether a rate-limited warning may be logged: at most one per second.
    #[cfg(feature = "_network")]
    pub(crate) fn may_warn(&self) -> bool {
        let (mut warned, now) = (self.inner.warned.lock(), tokio::time::Instant::now());
        let due = warned.is_none_or(|last| now.duration_since(last) >= Duration::from_secs(1));
        if due {
            *warned = Some(now);
        }
        due
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    pub(super) fn installed(&self) -> &[Arc<dyn Observer>] {
        &self.inner.installed
    }

    pub(crate) fn call(&self, call: &CallInfo<'_>, phase: CallPhase<'_>) {
        self.metrics().call(call, phase);
        self.installed().iter().for_each(|observer| observer.call(call, phase));
    }

    pub(crate) fn request(&self, request: &RequestInfo<'_>, phase: RequestPhase) {
        self.metrics().request(request, phase);
        self.installed().iter().for_each(|observer| observer.request(request, phase));
    }

    pub(crate) fn lease(&self, transition: LeaseTransition) {
        self.metrics().lease(transition);
        self.installed().iter().for_each(|observer| observer.lease(transition));
    }

    pub(crate) fn task_restarted(&self, task: &str) {
        self.metrics().task_restarted(task);
        self.installed().iter().for_each(|observer| observer.task_restarted(task));
    }

    pub(crate) fn event(&self, channel: &EventInfo<'_>, phase: EventPhase) {
        self.metrics().event(channel, phase);
        self.installed().iter().for_each(|observer| observer.event(channel, phase));
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observers").field("installed", &self.installed().len()).finish_non_exhaustive()
    }
}
