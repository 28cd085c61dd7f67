//! A running call: its items, its end and its cancellation.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use bytes::BytesMut;
use futures::FutureExt;
use tracing::Instrument;

use crate::engine::context::Context;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::observe::spans::enter;
use crate::service::cancellation::{Cancellation, EarlyEnd};
use crate::service::contained::Contained;
use crate::service::endpoint::Admission;
use crate::service::erased::{EncodedItems, panicked, put_error};
use crate::service::input::RequestInput;
use crate::wire::codec::Codec;

/// A running call. Dropping it ends the handler.
pub(crate) struct Running {
    cx: Context,
    codec: Codec,
    state: RunningState,
    /// Counts the call as in flight, unless the task of its handler does.
    admission: Option<Admission>,
}

/// The rest of the response.
pub(super) enum RunningState {
    /// Items, until the handler ends or the call is cancelled.
    Streaming { items: Contained<Box<dyn EncodedItems>>, cancellation: Cancellation },
    /// An error item.
    Failing(EndpointError),
    /// The end marker.
    Done,
    /// Nothing: the caller disconnected.
    Aborted,
}

impl From<EarlyEnd> for RunningState {
    fn from(end: EarlyEnd) -> Self {
        match end {
            EarlyEnd::Unwanted => Self::Aborted,
            EarlyEnd::Stopped => Self::Done,
            EarlyEnd::Failed(error) => Self::Failing(error),
        }
    }
}

impl Running {
    pub(super) fn new(cx: Context, codec: Codec, state: RunningState, admission: Option<Admission>) -> Self {
        Self { cx, codec, state, admission }
    }

    /// Returns the context of the call.
    pub(crate) fn context(&self) -> &Context {
        &self.cx
    }

    /// Returns whether the caller disconnected and receives nothing more, not even an end marker.
    pub(crate) fn aborted(&self) -> bool {
        matches!(self.state, RunningState::Aborted)
    }
}

impl Admission {
    /// Waits until the call may run and starts the engine, in the task that polls the result.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub(super) async fn start_here(
        mut self,
        cx: Context,
        codec: Codec,
        input: RequestInput,
    ) -> Result<Running, EndpointError> {
        let mut cancellation = Cancellation::new(&cx, self.service().options().takes_context);
        let work = async {
            self.ready().await;
            self.started(&cx);
            let span = self.span().clone();
            let starting = Contained::new(self.service().engine().start(cx.clone(), codec, input));
            AssertUnwindSafe(cx.scope(starting)).catch_unwind().instrument(span).await
        };
        let started = tokio::select! {
            biased;
            end = &mut cancellation => Err(end),
            started = work => Ok(started),
        };
        let state = match started {
            Err(end) => end.into(),
            Ok(Err(panic)) => RunningState::Failing(panicked(&*panic)),
            Ok(Ok(Ok(items))) => RunningState::Streaming { items: Contained::new(items), cancellation },
            Ok(Ok(Err(error))) if error.class() == ErrorClass::InvalidRequest => {
                self.failed(error.class());
                return Err(error);
            }
            Ok(Ok(Err(error))) => RunningState::Failing(error),
        };
        Ok(Running::new(cx, codec, state, Some(self)))
    }
}

impl EncodedItems for Running {
    fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<Option<()>> {
        let Self { cx, codec, state, admission } = self;
        if let RunningState::Streaming { items, cancellation } = state {
            let next = if let Poll::Ready(end) = Pin::new(&mut *cancellation).poll(task) {
                end.into()
            } else {
                let before = buf.len();
                let polled = {
                    let _span = admission.as_ref().and_then(|admission| enter(admission.span()));
                    cx.enter(|| catch_unwind(AssertUnwindSafe(|| items.poll_into(task, buf))))
                };
                match polled {
                    Ok(Poll::Pending) => return Poll::Pending,
                    // A result computed from incomplete requests must not count as the response.
                    Ok(Poll::Ready(_)) if matches!(cx.cause(), Some(CancelCause::BrokenInput(_))) => {
                        buf.truncate(before);
                        cancellation.end().into()
                    }
                    Ok(Poll::Ready(Some(()))) => {
                        // Callers do not poll past an error.
                        if let Some(admission) = admission {
                            match items.failed() {
                                Some(class) => admission.failed(class),
                                None => admission.service().lives(),
                            }
                        }
                        return Poll::Ready(Some(()));
                    }
                    Ok(Poll::Ready(None)) => {
                        if let Some(admission) = admission {
                            admission.completed(items.failed());
                        }
                        RunningState::Done
                    }
                    Err(panic) => {
                        buf.truncate(before);
                        RunningState::Failing(panicked(&*panic))
                    }
                }
            };
            // Dropping the items ends the handler.
            *state = next;
        }
        if let RunningState::Failing(error) = state {
            put_error(*codec, error, buf);
            if let Some(admission) = admission {
                admission.failed(error.class());
            }
            *state = RunningState::Done;
            return Poll::Ready(Some(()));
        }
        Poll::Ready(None)
    }
}
