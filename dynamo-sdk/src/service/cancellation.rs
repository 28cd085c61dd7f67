//! Calls that end before their handler, and the error that the caller receives.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::{Sleep, sleep_until};

use crate::engine::context::Context;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::Reason;

/// Why a call ends before its handler.
pub(super) enum EarlyEnd {
    /// The caller disconnected: nothing more is sent.
    Unwanted,
    /// A handler without a context was stopped: the items so far are the response.
    Stopped,
    /// The server ended the call with an error for the caller.
    Failed(EndpointError),
}

/// Resolves when a call must end before its handler does.
pub(super) struct Cancellation {
    killed: BoxFuture<'static, ()>,
    /// Set only for handlers that take no context and so cannot see a stop.
    stopped: Option<BoxFuture<'static, ()>>,
    deadline: Option<Pin<Box<Sleep>>>,
    cx: Context,
}

impl Cancellation {
    pub(super) fn new(cx: &Context, takes_context: bool) -> Self {
        Self {
            killed: cx.killed().boxed(),
            stopped: (!takes_context).then(|| cx.stopped().boxed()),
            deadline: cx.deadline().map(|deadline| Box::pin(sleep_until(deadline))),
            cx: cx.clone(),
        }
    }

    pub(super) fn end(&self) -> EarlyEnd {
        match self.cx.cause() {
            Some(cause @ CancelCause::Shutdown) => EarlyEnd::Failed(
                EndpointError::unavailable(cause.to_string()).with_reason(Reason::BackendEngineShutdown),
            ),
            Some(cause @ CancelCause::Deadline) => {
                EarlyEnd::Failed(EndpointError::deadline_exceeded(cause.to_string()))
            }
            Some(CancelCause::BrokenInput(why)) => EarlyEnd::Failed(EndpointError::invalid_request(why)),
            Some(CancelCause::Operator(why)) => EarlyEnd::Failed(EndpointError::cancelled(why)),
            _ => EarlyEnd::Unwanted,
        }
    }
}

impl Future for Cancellation {
    type Output = EarlyEnd;

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<EarlyEnd> {
        if self.killed.poll_unpin(task).is_ready() {
            return Poll::Ready(self.end());
        }
        if let Some(deadline) = self.deadline.as_mut()
            && deadline.as_mut().poll(task).is_ready()
        {
            self.cx.kill(CancelCause::Deadline);
            return Poll::Ready(self.end());
        }
        if let Some(stopped) = self.stopped.as_mut()
            && stopped.poll_unpin(task).is_ready()
        {
            return Poll::Ready(match self.cx.cause() {
                Some(CancelCause::Requested) => EarlyEnd::Stopped,
                _ => self.end(),
            });
        }
        Poll::Pending
    }
}
