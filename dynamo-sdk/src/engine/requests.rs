//! The request stream of a call, as sent by its caller and read by its handler.

use std::fmt;
use std::pin::Pin;
use std::task::{Context as Task, Poll, ready};

use futures::stream::{BoxStream, FusedStream};
use futures::{Stream, StreamExt};
use tokio::task::coop::poll_proceed;

use crate::error::call::CallError;

/// The requests of one call, in order.
///
/// A handler declares it as its request: `requests: RequestStream<T>`. The stream is pull-based: a
/// handler that does not read applies back-pressure to its caller. It ends when the caller has no more
/// requests or was asked to stop; neither means that the response is no longer wanted. If the caller's
/// stream fails, or a request cannot be decoded, the stream ends with [`CallErrorKind::Input`](crate::error::call::kind::CallErrorKind::Input), the handler
/// is killed with [`CancelCause::BrokenInput`](crate::error::cancel::CancelCause::BrokenInput), and the
/// caller receives the error. Dropping the stream asks the caller to stop sending.
///
/// # Cancel safety
/// `next` and `try_next` are cancel safe: no request is lost.
#[must_use = "requests are only sent while the stream is read"]
pub struct RequestStream<T> {
    requests: Option<BoxStream<'static, Result<T, CallError>>>,
}

impl<T> RequestStream<T> {
    /// Creates a stream from the items of `requests`.
    pub fn new(requests: impl Stream<Item = T> + Send + 'static) -> Self
    where
        T: 'static,
    {
        Self::fallible(requests.map(Ok))
    }

    /// Creates a stream from items that can fail. The first error ends it and becomes the error of the
    /// call that sends it.
    pub fn fallible(requests: impl Stream<Item = Result<T, CallError>> + Send + 'static) -> Self {
        Self { requests: Some(requests.boxed()) }
    }
}

impl<T> Stream for RequestStream<T> {
    type Item = Result<T, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        let Some(requests) = self.requests.as_mut() else { return Poll::Ready(None) };
        // See the stream of responses.
        let budget = ready!(poll_proceed(task));
        let request = ready!(requests.poll_next_unpin(task));
        budget.made_progress();
        if !matches!(request, Some(Ok(_))) {
            self.requests = None;
        }
        Poll::Ready(request)
    }
}

impl<T> FusedStream for RequestStream<T> {
    fn is_terminated(&self) -> bool {
        self.requests.is_none()
    }
}

impl<T> fmt::Debug for RequestStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestStream").field("ended", &self.is_terminated()).finish()
    }
}

/// The argument of a client method whose endpoint reads a stream of requests: any stream of them, or the
/// [`RequestStream`] that a handler received, which is thereby forwarded.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream of `{T}`",
    label = "the endpoint reads a stream of `{T}`",
    note = "pass any `Stream<Item = {T}> + Send + 'static`, for example `stream::iter([…])` or a channel receiver"
)]
pub trait IntoRequests<T> {
    /// Converts into the request stream of a call.
    fn into_requests(self) -> RequestStream<T>;
}

#[diagnostic::do_not_recommend]
impl<T: 'static, S: Stream<Item = T> + Send + 'static> IntoRequests<T> for S {
    fn into_requests(self) -> RequestStream<T> {
        RequestStream::new(self)
    }
}

impl<T> IntoRequests<T> for RequestStream<T> {
    fn into_requests(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;
    use crate::error::call::kind::CallErrorKind;

    #[tokio::test]
    async fn a_stream_of_requests_is_handed_on_as_it_is() {
        let broken = CallError::new(CallErrorKind::Input { item: 1 });
        let given = RequestStream::fallible(stream::iter([Ok(1_u8), Err(broken)]));
        let mut handed = IntoRequests::<u8>::into_requests(given);
        assert_eq!(handed.next().await.unwrap().unwrap(), 1);
        assert!(handed.next().await.unwrap().is_err());
        assert!(handed.is_terminated());
    }
}
