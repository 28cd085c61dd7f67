//! The stream of a response.

use std::fmt;
use std::pin::Pin;
use std::task::{Context as Task, Poll, ready};

use futures::stream::{BoxStream, FusedStream};
use futures::{Stream, StreamExt};

use super::context::{CancelCause, Context};
use crate::error::CallError;
use crate::names::InstanceId;

/// The items of a response, in order. Ends after its last item or after its first error, whichever comes first; a stream
/// that was cut short always ends with an error.
///
/// Dropping it before its end kills the handler. It may be polled after its end, and goes on to say so.
///
/// # Cancel safety
/// `next` and `try_next` are cancel safe: no item is lost.
#[must_use = "dropping a stream cancels the call"]
pub struct ResponseStream<T> {
    items: Option<BoxStream<'static, Result<T, CallError>>>,
    cx: Context,
    instance: Option<InstanceId>,
}

impl<T> ResponseStream<T> {
    /// Makes a response of any stream; `cx` is killed when it is dropped before its end.
    pub fn new(items: impl Stream<Item = Result<T, CallError>> + Send + 'static, cx: Context) -> Self {
        Self { items: Some(items.boxed()), cx, instance: None }
    }

    pub(crate) fn answered_by(mut self, instance: InstanceId) -> Self {
        self.instance = Some(instance);
        self
    }

    /// The context of the call. `stop` on it asks the handler to finish; what it still sends is delivered.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.cx
    }

    /// Asks the handler to finish early. What it still sends is delivered, and the stream then ends without an error.
    pub fn stop(&self) {
        self.cx.stop(CancelCause::Requested);
    }

    /// The instance that answers, unless the stream was made in this process.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        self.instance
    }
}

impl<T> Stream for ResponseStream<T> {
    type Item = Result<T, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        let Some(items) = self.items.as_mut() else { return Poll::Ready(None) };
        let item = ready!(items.poll_next_unpin(task));
        if !matches!(item, Some(Ok(_))) {
            self.items = None;
        }
        Poll::Ready(item)
    }
}

impl<T> FusedStream for ResponseStream<T> {
    fn is_terminated(&self) -> bool {
        self.items.is_none()
    }
}

impl<T> Drop for ResponseStream<T> {
    fn drop(&mut self) {
        if self.items.take().is_some() {
            self.cx.kill(CancelCause::CallerGone);
        }
    }
}

impl<T> fmt::Debug for ResponseStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseStream")
            .field("cx", &self.cx)
            .field("instance", &self.instance)
            .field("ended", &self.is_terminated())
            .finish()
    }
}
