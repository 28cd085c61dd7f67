//! The stream of requests of a call, as its caller gives it and as its handler takes it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context as Task, Poll, ready};

use futures::stream::{BoxStream, FusedStream};
use futures::{Stream, StreamExt};

use crate::error::call::CallError;

/// The requests of one call, in order.
///
/// A handler takes one as its request: `requests: RequestStream<T>`. It is pulled: a handler that does not read holds its
/// caller back. It ends when the caller has no more requests, or was asked to stop; neither says that the response is not
/// wanted any more. If the requests break off, or one cannot be decoded, it ends with [`CallError::Input`], the handler is
/// killed with [`CancelCause::BrokenInput`](crate::error::cancel::CancelCause::BrokenInput), and the caller is told. Dropping it tells the caller to send no more.
///
/// # Cancel safety
/// `next` and `try_next` are cancel safe: no request is lost.
#[must_use = "a caller sends nothing that nobody reads"]
pub struct RequestStream<T> {
    requests: Option<BoxStream<'static, Result<T, CallError>>>,
}

impl<T> RequestStream<T> {
    /// The requests that `requests` yields.
    pub fn new(requests: impl Stream<Item = T> + Send + 'static) -> Self
    where
        T: 'static,
    {
        Self::fallible(requests.map(Ok))
    }

    /// The same for a stream that may break off. Its first error is its end, and the error of the call that sends it.
    pub fn fallible(requests: impl Stream<Item = Result<T, CallError>> + Send + 'static) -> Self {
        Self { requests: Some(requests.boxed()) }
    }
}

impl<T> Stream for RequestStream<T> {
    type Item = Result<T, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        let Some(requests) = self.requests.as_mut() else { return Poll::Ready(None) };
        let request = ready!(requests.poll_next_unpin(task));
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

/// What a client method takes for an endpoint that reads a stream of requests: any stream of them, or the
/// [`RequestStream`] that a handler was given, which is thereby handed on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream of `{T}`",
    label = "the endpoint reads a stream of `{T}`",
    note = "give any `Stream<Item = {T}> + Send + 'static`, for example `stream::iter([…])` or a receiver of a channel"
)]
pub trait IntoRequests<T> {
    /// The requests.
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

    #[tokio::test]
    async fn a_stream_of_requests_is_handed_on_as_it_is() {
        let broken = CallError::Input { item: 1, source: "lost".into() };
        let given = RequestStream::fallible(stream::iter([Ok(1_u8), Err(broken)]));
        let mut handed = IntoRequests::<u8>::into_requests(given);
        assert_eq!(handed.next().await.unwrap().unwrap(), 1);
        assert!(handed.next().await.unwrap().is_err());
        assert!(handed.is_terminated());
    }
}
