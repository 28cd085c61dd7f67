//! The observers of one runtime, shared by its parts.

use std::fmt;
use std::sync::Arc;

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
}

impl Observers {
    /// Adds an observer. The result has fresh counters.
    pub(crate) fn with(&self, observer: impl Observer) -> Self {
        let mut installed = self.inner.installed.clone();
        installed.push(Arc::new(observer));
        Self { inner: Arc::new(ObserversInner { metrics: Metrics::default(), installed }) }
    }

    /// Returns a copy with fresh counters.
    pub(crate) fn fresh(&self) -> Self {
        let installed = self.inner.installed.clone();
        Self { inner: Arc::new(ObserversInner { metrics: Metrics::default(), installed }) }
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
