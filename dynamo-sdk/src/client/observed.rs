//! Observation of a call and its items.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll, ready};

use futures::stream::BoxStream;
use futures::{Stream, StreamExt};

use crate::client::handle::Client;
use crate::client::target::Target;
use crate::engine::context::Context;
use crate::error::call::CallError;
use crate::observe::call_scope::{CallIdentity, CallScope};
use crate::observe::observer::{CallInfo, CallOutcome, trace_id};
use crate::observe::spans::enter;

/// Identifies the observed call in reports.
pub(crate) struct ObservedCall {
    target: Arc<Target>,
    cx: Context,
}

impl ObservedCall {
    /// Reports that a call starts.
    pub(crate) fn start(client: &Client, target: &Arc<Target>, cx: &Context) -> CallScope<Self> {
        let call = Self { target: Arc::clone(target), cx: cx.clone() };
        CallScope::start(client.observers().clone(), call)
    }
}

impl CallIdentity for ObservedCall {
    fn info(&self) -> CallInfo<'_> {
        let trace = self.cx.trace().traceparent.as_deref().and_then(trace_id);
        CallInfo { endpoint: &self.target.endpoint, request_id: self.cx.id(), trace_id: trace }
    }
}

/// Reports the items and the end of a call. Enters the span of the call while it is polled.
pub(crate) struct ObservedItems<T> {
    pub(crate) items: BoxStream<'static, Result<T, CallError>>,
    pub(crate) scope: CallScope<ObservedCall>,
}

impl<T> Stream for ObservedItems<T> {
    type Item = Result<T, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        let Self { items, scope } = &mut *self;
        let next = {
            let _span = enter(scope.span());
            ready!(items.poll_next_unpin(task))
        };
        match &next {
            Some(Ok(_)) => scope.item(),
            Some(Err(error)) => scope.end(CallOutcome::Failed(error)),
            None => scope.end(CallOutcome::Succeeded),
        }
        Poll::Ready(next)
    }
}
