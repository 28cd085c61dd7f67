//! The request side of a handler: decodes a request or a stream of requests.

use std::any::type_name;
use std::task::{Poll, ready};

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use serde::de::DeserializeOwned;

use crate::engine::context::Context;
use crate::engine::requests::RequestStream;
use crate::error::BoxError;
use crate::error::call::CallError;
use crate::error::cancel::CancelCause;
use crate::error::chain::chain;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::error::transport::TransportError;
use crate::wire::codec::Codec;

/// Encoded requests as they arrive. An error is the last.
pub(crate) type EncodedRequests = BoxStream<'static, Result<Bytes, InputBreak>>;

/// Why a stream of requests ended before its regular end.
#[derive(Debug)]
pub(crate) enum InputBreak {
    /// The caller asked the call to stop.
    Stopped,
    /// The caller killed the call.
    Killed,
    /// The stream was cut off or contains an invalid request; holds the reason.
    Lost(BoxError),
}

/// The request of a call, still encoded.
pub(crate) enum RequestInput {
    /// A single request.
    One(Bytes),
    /// A stream of requests, read on demand.
    Many(EncodedRequests),
}

impl<T: DeserializeOwned + 'static> RequestStream<T> {
    /// Decodes the requests in `bodies`. An error in the stream kills `cx`.
    pub(crate) fn decoded(cx: Context, codec: Codec, bodies: EncodedRequests) -> Self {
        let (mut bodies, mut item) = (bodies, 0);
        Self::fallible(stream::poll_fn(move |task| {
            let broken = match ready!(bodies.poll_next_unpin(task)) {
                None => return Poll::Ready(None),
                Some(Ok(body)) => match codec.decode::<T>(&body) {
                    Ok(request) => {
                        item += 1;
                        return Poll::Ready(Some(Ok(request)));
                    }
                    Err(error) => {
                        let expected = type_name::<T>();
                        InputBreak::Lost(
                            format!("it cannot be decoded as {expected}: {}", chain(&error)).into(),
                        )
                    }
                },
                Some(Err(broken)) => broken,
            };
            let source = match broken {
                InputBreak::Stopped => {
                    // Stop first, so that the handler sees the stop before the end of its requests.
                    cx.stop(CancelCause::Requested);
                    return Poll::Ready(None);
                }
                InputBreak::Killed => {
                    cx.kill(CancelCause::CallerGone);
                    "the caller killed the call".into()
                }
                InputBreak::Lost(source) => source,
            };
            let error = CallError::from(TransportError::input(item, source));
            cx.kill(CancelCause::BrokenInput(chain(&error)));
            Poll::Ready(Some(Err(error)))
        }))
    }
}

/// The request type of a handler: a value, or a [`RequestStream`] of values.
pub trait FromRequest: Sized + Send + 'static {
    /// The type of one request, or of one item of the stream.
    type Item: 'static;

    /// Whether the handler takes a stream.
    #[doc(hidden)]
    const STREAM: bool;

    #[doc(hidden)]
    #[expect(private_interfaces, reason = "called and implemented only in this crate")]
    fn read(cx: &Context, codec: Codec, input: RequestInput) -> Result<Self, EndpointError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> FromRequest for T {
    type Item = T;

    const STREAM: bool = false;

    #[expect(private_interfaces, reason = "called only in this crate")]
    fn read(_: &Context, codec: Codec, input: RequestInput) -> Result<Self, EndpointError> {
        let RequestInput::One(body) = input else { return Err(wrong_shape(false)) };
        codec.decode(&body).map_err(|error| {
            let message = format!("the request cannot be decoded as {}: {}", type_name::<T>(), chain(&error));
            EndpointError::refused(ErrorClass::InvalidRequest, message)
        })
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> FromRequest for RequestStream<T> {
    type Item = T;

    const STREAM: bool = true;

    #[expect(private_interfaces, reason = "called only in this crate")]
    fn read(cx: &Context, codec: Codec, input: RequestInput) -> Result<Self, EndpointError> {
        let RequestInput::Many(bodies) = input else { return Err(wrong_shape(true)) };
        Ok(Self::decoded(cx.clone(), codec, bodies))
    }
}

/// The error for a single request to an endpoint that takes a stream, or vice versa.
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
    use crate::error::call::kind::CallErrorKind;

    fn bodies(texts: &[&'static str]) -> EncodedRequests {
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
        assert!(matches!(error.kind(), CallErrorKind::Input { item: 1 }), "{error:?}");
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
}
