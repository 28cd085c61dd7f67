//! Type-erased engines, as seen by transports: encoded request in, encoded items out.

use std::any::type_name;
use std::sync::Arc;
use std::task::{Context as Task, Poll, ready};

use bytes::BytesMut;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt, stream};
use serde::Serialize;

use crate::engine::context::Context;
use crate::engine::{AsyncEngine, SingleIn, SingleOut};
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::service::input::{FromRequest, RequestInput};
use crate::wire::codec::Codec;
use crate::wire::item;

/// The items of a response, encoded on demand.
pub(crate) trait EncodedItems: Send {
    /// Appends the next item to `buf`; an error is the last item. Leaves `buf` unchanged at the end.
    fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<Option<()>>;

    /// Returns the class of the error that the engine ended with, if any and known.
    fn failed(&self) -> Option<ErrorClass> {
        None
    }
}

impl EncodedItems for Box<dyn EncodedItems> {
    fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<Option<()>> {
        (**self).poll_into(task, buf)
    }

    fn failed(&self) -> Option<ErrorClass> {
        (**self).failed()
    }
}

/// An engine with its types erased.
pub(crate) trait ErasedEngine: Send + Sync {
    /// Starts the engine. A stream of requests is decoded as it is read.
    fn start(&self, cx: Context, codec: Codec, input: RequestInput) -> ErasedFuture;

    /// Returns whether the engine takes a stream of requests.
    fn takes_stream(&self) -> bool {
        false
    }
}

/// The future of the items, resolved once the engine has started.
pub(crate) type ErasedFuture = BoxFuture<'static, Result<Box<dyn EncodedItems>, EndpointError>>;

/// An engine with one response. It fails with an [`EndpointError`], or with what converts into one.
pub(crate) struct ErasedUnary<Req, Resp, E>(
    pub(crate) Arc<dyn AsyncEngine<SingleIn<Req>, SingleOut<Resp>, E>>,
)
where
    Req: Send + 'static,
    Resp: Send + 'static,
    E: Send + 'static;

impl<Req, Resp, E> ErasedEngine for ErasedUnary<Req, Resp, E>
where
    Req: FromRequest,
    Resp: Serialize + Send + 'static,
    E: Into<EndpointError> + Send + 'static,
{
    fn takes_stream(&self) -> bool {
        Req::STREAM
    }

    fn start(&self, cx: Context, codec: Codec, input: RequestInput) -> ErasedFuture {
        let engine = Arc::clone(&self.0);
        async move {
            let request = Req::read(&cx, codec, input)?;
            let response = async move { engine.generate(cx.with(request)).await };
            Ok(Encoder::boxed(codec, stream::once(response)))
        }
        .boxed()
    }
}

/// An engine with a stream of responses.
pub(crate) struct ErasedStream<Req, Items, E>(pub(crate) Arc<dyn AsyncEngine<SingleIn<Req>, Items, E>>)
where
    Req: Send + 'static,
    Items: Send + 'static,
    E: Send + 'static;

impl<Req, Items, Item, E> ErasedEngine for ErasedStream<Req, Items, E>
where
    Req: FromRequest,
    Items: Stream<Item = Result<Item, E>> + Send + 'static,
    Item: Serialize + Send + 'static,
    E: Into<EndpointError> + Send + 'static,
{
    fn takes_stream(&self) -> bool {
        Req::STREAM
    }

    fn start(&self, cx: Context, codec: Codec, input: RequestInput) -> ErasedFuture {
        let engine = Arc::clone(&self.0);
        async move {
            let request = Req::read(&cx, codec, input)?;
            let items = engine.generate(cx.with(request)).await.map_err(Into::into)?;
            Ok(Encoder::boxed(codec, items))
        }
        .boxed()
    }
}

/// The engine of an endpoint in a description.
pub(crate) struct DescribedOnly;

impl ErasedEngine for DescribedOnly {
    fn start(&self, _: Context, _: Codec, _: RequestInput) -> ErasedFuture {
        async { Err(EndpointError::not_found("the endpoint is described, not served")) }.boxed()
    }
}

/// Encodes the items of a typed stream.
struct Encoder<T, E> {
    codec: Codec,
    items: BoxStream<'static, Result<T, E>>,
    sent: u64,
    /// Whether the stream has ended or failed. It is not dropped then: dropping a response before its end
    /// kills the context, which would look like a disconnected caller.
    over: bool,
    failed: Option<ErrorClass>,
}

impl<T: Serialize + 'static, E: Into<EndpointError> + 'static> Encoder<T, E> {
    fn boxed(
        codec: Codec,
        items: impl Stream<Item = Result<T, E>> + Send + 'static,
    ) -> Box<dyn EncodedItems> {
        Box::new(Self { codec, items: items.boxed(), sent: 0, over: false, failed: None })
    }
}

impl<T: Serialize, E: Into<EndpointError>> EncodedItems for Encoder<T, E> {
    fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<Option<()>> {
        if self.over {
            return Poll::Ready(None);
        }
        let error = match ready!(self.items.poll_next_unpin(task)) {
            Some(Ok(item)) => match item::put_data(self.codec, &item, buf) {
                Ok(()) => {
                    self.sent += 1;
                    return Poll::Ready(Some(()));
                }
                Err(error) => {
                    let source = std::error::Error::source(&error)
                        .map_or_else(String::new, |source| format!(": {source}"));
                    EndpointError::internal(format!(
                        "item {} of type {} cannot be encoded as {}{source}",
                        self.sent,
                        type_name::<T>(),
                        self.codec
                    ))
                }
            },
            Some(Err(error)) => error.into().forwarded(),
            None => {
                self.over = true;
                return Poll::Ready(None);
            }
        };
        self.over = true;
        self.failed = Some(error.class());
        put_error(self.codec, &error, buf);
        Poll::Ready(Some(()))
    }

    fn failed(&self) -> Option<ErrorClass> {
        self.failed
    }
}

/// Appends an error item. Errors contain only text and numbers, so both codecs can always encode them.
pub(crate) fn put_error(codec: Codec, error: &EndpointError, buf: &mut BytesMut) {
    if let Err(error) = item::put_error(codec, error, buf) {
        tracing::error!(%error, "failed to encode an error item");
    }
}

/// Converts a panic into the error that the caller receives.
pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> EndpointError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    EndpointError::panicked(format!("the handler panicked: {text}"))
}
