//! Response streams.

pub(crate) mod watch;

use std::fmt;
use std::pin::Pin;
use std::task::{Context as Task, Poll, ready};

use futures::stream::{BoxStream, FusedStream};
use futures::{Stream, StreamExt};
use tokio::task::coop::poll_proceed;

use crate::address::ids::InstanceId;
use crate::engine::context::Context;
use crate::engine::stream::watch::CancelWatch;
use crate::error::call::CallError;
use crate::error::cancel::CancelCause;

/// The items of a response, in order. The stream ends after its last item or after its first error. A
/// stream that was cut short always ends with an error.
///
/// Dropping the stream before its end kills the handler. Polling it after its end keeps returning
/// `None`.
///
/// # Cancel safety
/// `next` and `try_next` are cancel safe: no item is lost.
#[must_use = "dropping a stream cancels the call"]
pub struct ResponseStream<T> {
    items: Option<BoxStream<'static, Result<T, CallError>>>,
    cx: Context,
    /// Ends the items with the context. `None` if they do so themselves.
    watch: Option<CancelWatch>,
    instance: Option<InstanceId>,
}

impl<T> ResponseStream<T> {
    /// Creates a response from any stream. It ends with an error when `cx` is killed or its deadline
    /// passes. Dropping it before its end kills `cx`. While it is polled, `cx` is the
    /// [current](Context::current) context.
    pub fn new(items: impl Stream<Item = Result<T, CallError>> + Send + 'static, cx: Context) -> Self {
        Self { items: Some(items.boxed()), watch: Some(CancelWatch::new(&cx)), cx, instance: None }
    }

    /// Creates a response from items that already end when `cx` does.
    pub(crate) fn unwatched(
        items: impl Stream<Item = Result<T, CallError>> + Send + 'static,
        cx: Context,
    ) -> Self {
        Self { items: Some(items.boxed()), watch: None, cx, instance: None }
    }

    pub(crate) fn answered_by(mut self, instance: InstanceId) -> Self {
        self.instance = Some(instance);
        self
    }

    /// Transforms the items with `f` on behalf of the request of `cx`, as operators do with responses
    /// from downstream. It costs no more than the combinators in `f`: the context is not checked twice.
    ///
    /// The first error ends the response; items that `f` yields after it are dropped.
    ///
    /// ```
    /// # use dynamo_sdk::prelude::*;
    /// # futures::executor::block_on(async {
    /// let cx = Context::new();
    /// let numbers = ResponseStream::new(stream::iter([Ok(1), Ok(2)]), cx.clone());
    /// let texts = numbers.transform(&cx, |numbers| numbers.map_ok(|number| number.to_string()));
    /// assert_eq!(texts.try_collect::<Vec<_>>().await?, ["1", "2"]);
    /// # Ok::<_, CallError>(()) }).unwrap();
    /// ```
    pub fn transform<P, U, S>(
        mut self,
        cx: &Context<P>,
        f: impl FnOnce(BoxStream<'static, Result<T, CallError>>) -> S,
    ) -> ResponseStream<U>
    where
        T: Send + 'static,
        S: Stream<Item = Result<U, CallError>> + Send + 'static,
    {
        // Taken out, so that dropping the rest does not kill the request.
        let items = self.items.take().unwrap_or_else(|| futures::stream::empty().boxed());
        let cx = cx.bare();
        ResponseStream {
            items: Some(f(items).boxed()),
            watch: Some(CancelWatch::new(&cx)),
            cx,
            instance: self.instance,
        }
    }

    /// Returns the context of the call. Calling `stop` on it asks the handler to finish; items still
    /// sent are delivered.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.cx
    }

    /// Asks the handler to finish early. Items still sent are delivered; then the stream ends without an
    /// error.
    pub fn stop(&self) {
        self.cx.stop(CancelCause::Requested);
    }

    /// Returns the answering instance, or `None` if the stream was created in this process.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        self.instance
    }
}

impl<T> Stream for ResponseStream<T> {
    type Item = Result<T, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        let Self { items: slot, cx, watch, .. } = &mut *self;
        let Some(items) = slot else { return Poll::Ready(None) };
        // A stream of this process may be ready for ever; without the budget its task would never let a timer run.
        let budget = ready!(poll_proceed(task));
        let item = match watch {
            None => ready!(items.poll_next_unpin(task)),
            Some(watch) => match ready!(watch.poll_beside(cx, task, |task| items.poll_next_unpin(task))) {
                Ok(item) => item,
                Err(ended) => Some(Err(ended)),
            },
        };
        budget.made_progress();
        if !matches!(item, Some(Ok(_))) {
            *slot = None;
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
