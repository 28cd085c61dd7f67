//! A guard that kills a request whose caller gives up.

use crate::engine::context::Context;
use crate::error::cancel::CancelCause;

/// Kills `request` on drop, unless [kept](Self::keep): the call failed to start, or was dropped before it did. The kill
/// reaches tasks that the handler spawned, and ends a handler that waits for further requests.
pub(crate) struct KillOnDrop {
    request: Option<Context>,
    caller: Option<Context>,
}

impl KillOnDrop {
    /// Kills `request` with [`CancelCause::CallerGone`].
    pub(crate) fn new(request: Context) -> Self {
        Self { request: Some(request), caller: None }
    }

    /// Kills `request` with the cause that `caller` was killed with, or else with [`CancelCause::CallerGone`].
    pub(crate) fn on_behalf_of(request: Context, caller: Context) -> Self {
        Self { request: Some(request), caller: Some(caller) }
    }

    pub(crate) fn keep(mut self) {
        self.request = None;
    }
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        if let Some(request) = self.request.take() {
            request.kill(self.caller.as_ref().map_or(CancelCause::CallerGone, why_given_up));
        }
    }
}

/// Returns the cause that `caller` was killed with, or [`CancelCause::CallerGone`] if it dropped the call.
pub(crate) fn why_given_up(caller: &Context) -> CancelCause {
    caller.cause().filter(|_| caller.is_killed()).unwrap_or(CancelCause::CallerGone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::context::child::ChildContext;

    #[test]
    fn a_dropped_guard_kills_with_the_cause_of_a_killed_caller() {
        let of = || ChildContext::default().orphan();
        let (request, caller) = (of(), of());
        drop(KillOnDrop::new(request.clone()));
        assert_eq!(request.cause(), Some(CancelCause::CallerGone));

        let request = of();
        caller.stop(CancelCause::Requested);
        drop(KillOnDrop::on_behalf_of(request.clone(), caller.clone()));
        assert_eq!(request.cause(), Some(CancelCause::CallerGone), "a stop is no kill");

        let (request, caller) = (of(), of());
        caller.kill(CancelCause::Deadline);
        drop(KillOnDrop::on_behalf_of(request.clone(), caller));
        assert_eq!(request.cause(), Some(CancelCause::Deadline));

        let request = of();
        KillOnDrop::new(request.clone()).keep();
        assert!(!request.is_stopped());
    }
}
