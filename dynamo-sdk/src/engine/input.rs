//! The stream of requests of a call, as its caller gives it and as its handler takes it.

use std::any::type_name;
use std::fmt;
use std::pin::Pin;
use std::task::{Context as Task, Poll, ready};

use bytes::Bytes;
use futures::stream::{BoxStream, FusedStream};
use futures::{Stream, StreamExt, stream};
use serde::de::DeserializeOwned;

use crate::engine::context::{CancelCause, Context};
use crate::error::BoxError;
use crate::error::call::CallError;
use crate::error::endpoint::class::ErrorClass;
use crate::error::endpoint::{EndpointError, chain};
use crate::wire::codec::Codec;

/// The requests of one call, in order.
///
/// A handler takes one as its request: `requests: RequestStream<T>`. It is pulled: a handler that does not read holds its
/// caller back. It ends when the caller has no more requests, or was asked to stop; neither says that the response is not
/// wanted any more. If the requests break off, or one cannot be decoded, it ends with [`CallError::Input`], the handler is
/// killed with [`CancelCause::BrokenInput`], and the caller is told. Dropping it tells the caller to send no more.
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

impl<T: DeserializeOwned + 'static> RequestStream<T> {
    /// The requests in `bodies`. What breaks them kills `cx`.
    pub(crate) fn decoded(cx: Context, codec: Codec, bodies: Encoded) -> Self {
        let (mut bodies, mut item) = (bodies, 0);
        Self::fallible(stream::poll_fn(move |task| {
            let source = match ready!(bodies.poll_next_unpin(task)) {
                None => return Poll::Ready(None),
                Some(Ok(body)) => match codec.decode::<T>(&body) {
                    Ok(request) => {
                        item += 1;
                        return Poll::Ready(Some(Ok(request)));
                    }
                    Err(error) => {
                        let expected = type_name::<T>();
                        format!("it cannot be decoded as {expected}: {}", chain(&error)).into()
                    }
                },
                Some(Err(Break::Stopped)) => {
                    // Before the handler sees the end of its requests.
                    cx.stop(CancelCause::Requested);
                    return Poll::Ready(None);
                }
                Some(Err(Break::Killed)) => {
                    cx.kill(CancelCause::CallerGone);
                    "its caller gave the call up".into()
                }
                Some(Err(Break::Lost(source))) => source,
            };
            let error = CallError::Input { item, source };
            cx.kill(CancelCause::BrokenInput(chain(&error)));
            Poll::Ready(Some(Err(error)))
        }))
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

/// Encoded requests as they arrive. An error is the last.
pub(crate) type Encoded = BoxStream<'static, Result<Bytes, Break>>;

/// How requests end without their caller having said that there are no more.
#[derive(Debug)]
pub(crate) enum Break {
    /// The caller was asked to stop.
    Stopped,
    /// The caller gave the call up.
    Killed,
    /// They were cut off, and how.
    #[cfg_attr(not(feature = "_network"), expect(dead_code, reason = "only a connection is cut off"))]
    Lost(BoxError),
}

/// What arrives for a handler.
pub(crate) enum Input {
    /// One request.
    One(Bytes),
    /// A stream of them, to be pulled.
    Many(Encoded),
}

/// What a handler takes: one value, or a [`RequestStream`] of them.
pub trait Incoming: Sized + Send + 'static {
    /// One request, of a stream too.
    type Item: 'static;

    /// Whether it is a stream.
    #[doc(hidden)]
    const STREAM: bool;

    #[doc(hidden)]
    #[expect(private_interfaces, reason = "nobody else calls or implements it")]
    fn read(cx: &Context, codec: Codec, input: Input) -> Result<Self, EndpointError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> Incoming for T {
    type Item = T;

    const STREAM: bool = false;

    #[expect(private_interfaces, reason = "nobody else calls it")]
    fn read(_: &Context, codec: Codec, input: Input) -> Result<Self, EndpointError> {
        let Input::One(body) = input else { return Err(wrong_shape(false)) };
        codec.decode(&body).map_err(|error| {
            let message = format!("the request cannot be decoded as {}: {}", type_name::<T>(), chain(&error));
            EndpointError::refused(ErrorClass::InvalidRequest, message)
        })
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> Incoming for RequestStream<T> {
    type Item = T;

    const STREAM: bool = true;

    #[expect(private_interfaces, reason = "nobody else calls it")]
    fn read(cx: &Context, codec: Codec, input: Input) -> Result<Self, EndpointError> {
        let Input::Many(bodies) = input else { return Err(wrong_shape(true)) };
        Ok(Self::decoded(cx.clone(), codec, bodies))
    }
}

/// The error for one request where a stream of them is taken, or the other way round.
pub(crate) fn wrong_shape(takes_stream: bool) -> EndpointError {
    let message = if takes_stream {
        "the endpoint takes a stream of requests, and the call has one request"
    } else {
        "the endpoint takes one request, and the call has a stream of requests"
    };
    EndpointError::refused(ErrorClass::InvalidRequest, message)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn bodies(texts: &[&'static str]) -> Encoded {
        stream::iter(texts.to_vec()).map(|text| Ok(Bytes::from_static(text.as_bytes()))).boxed()
    }

    #[tokio::test]
    async fn a_request_that_cannot_be_decoded_is_the_last_and_kills_the_context() {
        let cx = Context::new();
        let mut requests =
            RequestStream::<u32>::decoded(cx.clone(), Codec::Json, bodies(&["1", "\"two\"", "3"]));
        assert_eq!(requests.next().await.unwrap().unwrap(), 1);
        assert!(!cx.is_killed());
        let error = requests.next().await.unwrap().unwrap_err();
        assert!(matches!(error, CallError::Input { item: 1, .. }), "{error:?}");
        let Some(CancelCause::BrokenInput(why)) = cx.cause() else { panic!("{:?}", cx.cause()) };
        assert!(cx.is_killed() && why.contains("item 1") && why.contains("u32"), "{why}");
        for _ in 0..100 {
            assert!(requests.next().now_or_never().unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn the_end_of_the_requests_cancels_nothing() {
        let cx = Context::new();
        let requests = RequestStream::<u32>::decoded(cx.clone(), Codec::Json, bodies(&["1", "2"]));
        let requests: Vec<u32> = requests.map(Result::unwrap).collect().await;
        assert_eq!(requests, [1, 2]);
        assert!(!cx.is_stopped());
    }

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
