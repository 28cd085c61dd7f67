//! A call under observation. Reports its end exactly once, also when dropped.

use tracing::Span;

use crate::address::ids::InstanceId;
use crate::error::call::CallError;
use crate::observe::observer::{CallInfo, CallOutcome, CallPhase};
use crate::observe::observers::Observers;
use crate::observe::spans;

/// Identifies a call. Owned by its scope, so that reports need no copies.
pub(crate) trait CallIdentity {
    fn info(&self) -> CallInfo<'_>;
}

/// A started call. Dropping it reports the end, unless that was reported.
#[derive(Debug)]
pub(crate) struct CallScope<C: CallIdentity> {
    observers: Observers,
    call: C,
    span: Span,
    attempts: u32,
    stage: CallStage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallStage {
    Starting,
    Receiving,
    Ended,
}

impl<C: CallIdentity> CallScope<C> {
    pub(crate) fn start(observers: Observers, call: C) -> Self {
        let info = call.info();
        let span = spans::call(&info);
        observers.call(&info, CallPhase::Started);
        Self { observers, call, span, attempts: 0, stage: CallStage::Starting }
    }

    /// Reports that the call is sent to `instance`.
    pub(crate) fn attempt(&mut self, instance: InstanceId) {
        self.attempts += 1;
        let number = self.attempts;
        spans::attempt(&self.span, instance, number);
        self.observers.call(&self.call.info(), CallPhase::Attempt { instance, number });
    }

    /// Reports an item. Only the first one is reported.
    pub(crate) fn item(&mut self) {
        if self.stage == CallStage::Starting {
            self.stage = CallStage::Receiving;
            self.observers.call(&self.call.info(), CallPhase::FirstItem);
        }
    }

    /// Reports the end, once.
    pub(crate) fn end(&mut self, outcome: CallOutcome<'_>) {
        if self.stage == CallStage::Ended {
            return;
        }
        self.stage = CallStage::Ended;
        spans::call_outcome(&self.span, outcome);
        self.observers.call(&self.call.info(), CallPhase::Ended(outcome));
    }

    /// Reports that the call failed, and returns the error.
    pub(crate) fn fail(&mut self, error: CallError) -> CallError {
        self.end(CallOutcome::Failed(&error));
        error
    }

    /// The span of the call; disabled without a subscriber for it.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }
}

impl<C: CallIdentity> Drop for CallScope<C> {
    fn drop(&mut self) {
        self.end(CallOutcome::Dropped);
    }
}
