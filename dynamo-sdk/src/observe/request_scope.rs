//! A handled request under observation. Reports its end exactly once, also when dropped.

use tracing::Span;

use crate::observe::observer::{RequestInfo, RequestOutcome, RequestPhase};
use crate::observe::observers::Observers;
use crate::observe::spans;

/// Identifies a request. Owned by its scope, so that reports need no copies.
pub(crate) trait RequestIdentity {
    fn info(&self) -> RequestInfo<'_>;

    fn observers(&self) -> &Observers;
}

/// An admitted request. Dropping it reports the end, unless that was reported.
#[derive(Debug)]
pub(crate) struct RequestScope<R: RequestIdentity> {
    request: R,
    span: Span,
    queued: bool,
    ended: bool,
}

impl<R: RequestIdentity> RequestScope<R> {
    pub(crate) fn admitted(request: R, queued: bool) -> Self {
        request.observers().request(&request.info(), RequestPhase::Admitted { queued });
        Self { request, span: Span::none(), queued, ended: false }
    }

    /// Returns the identity of the request.
    pub(crate) fn identity(&self) -> &R {
        &self.request
    }

    /// Counts that the request left its queue.
    pub(crate) fn dequeued(&mut self) {
        if std::mem::take(&mut self.queued) {
            self.request.observers().metrics().dequeued();
        }
    }

    /// Reports that the handler starts. `identify` completes the identity.
    pub(crate) fn start(&mut self, identify: impl FnOnce(&mut R)) {
        self.dequeued();
        identify(&mut self.request);
        let info = self.request.info();
        self.span = spans::request(&info);
        self.request.observers().request(&info, RequestPhase::Started);
    }

    /// Reports the end, once.
    pub(crate) fn end(&mut self, outcome: RequestOutcome) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.dequeued();
        spans::request_outcome(&self.span, outcome);
        self.request.observers().request(&self.request.info(), RequestPhase::Ended(outcome));
    }

    /// The span of the request; disabled without a subscriber for it, or before the handler starts.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }
}

impl<R: RequestIdentity> Drop for RequestScope<R> {
    fn drop(&mut self) {
        self.end(RequestOutcome::Cancelled);
    }
}
