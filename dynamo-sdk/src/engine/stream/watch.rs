//! Ends work when its context does.

use std::fmt;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::engine::context::Context;
use crate::error::call::CallError;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;

/// How many ready items pass between two checks of the clock. A power of two.
const LOOK: u32 = 64;

/// Ends work when its context is killed or its deadline passes. The timers are created once the work
/// first has to wait.
pub(crate) struct CancelWatch {
    killed: Option<BoxFuture<'static, ()>>,
    deadline: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
    ready: u32,
}

impl CancelWatch {
    pub(crate) fn new(cx: &Context) -> Self {
        Self { killed: None, deadline: cx.deadline(), sleep: None, ready: 0 }
    }

    /// Polls `work` with the context as the current one, unless the request has ended.
    pub(crate) fn poll_beside<R>(
        &mut self,
        cx: &Context,
        task: &mut Task<'_>,
        work: impl FnOnce(&mut Task<'_>) -> Poll<R>,
    ) -> Poll<Result<R, CallError>> {
        if cx.is_killed() {
            return Poll::Ready(Err(ended(cx)));
        }
        if let Poll::Ready(result) = cx.enter(|| work(task)) {
            // A stream that is always ready never reaches the timer below.
            self.ready = self.ready.wrapping_add(1);
            if self.ready.is_multiple_of(LOOK) && self.deadline.is_some_and(|at| at <= Instant::now()) {
                cx.kill(CancelCause::Deadline);
                return Poll::Ready(Err(ended(cx)));
            }
            return Poll::Ready(Ok(result));
        }
        if let Some(deadline) = self.deadline {
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if sleep.as_mut().poll(task).is_ready() {
                cx.kill(CancelCause::Deadline);
            }
        }
        let killed = self.killed.get_or_insert_with(|| cx.killed().boxed());
        if killed.poll_unpin(task).is_ready() {
            return Poll::Ready(Err(ended(cx)));
        }
        Poll::Pending
    }
}

impl fmt::Debug for CancelWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelWatch").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// The error reported for an ended request.
fn ended(cx: &Context) -> CallError {
    let cause = cx.cause().unwrap_or(CancelCause::Requested);
    let what = format!("the request was killed: {cause}");
    CallError::from(match cause {
        CancelCause::Deadline => EndpointError::deadline_exceeded(what),
        _ => EndpointError::cancelled(what),
    })
}

/// Runs `work` with the context as the current one until it completes or the request ends.
///
/// # Errors
/// A [`CallError`] of class `DeadlineExceeded` or `Cancelled`.
///
/// # Cancel safety
/// Dropping the future drops `work`.
pub(crate) async fn until_ended<F: Future>(cx: &Context, work: F) -> Result<F::Output, CallError> {
    let mut work = std::pin::pin!(work);
    let mut watch = CancelWatch::new(cx);
    std::future::poll_fn(|task| watch.poll_beside(cx, task, |task| work.as_mut().poll(task))).await
}
