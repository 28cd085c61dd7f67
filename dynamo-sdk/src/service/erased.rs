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
use crate::engine::{AsyncEngine, ManyOut, SingleIn, SingleOut};
use crate::error::call::CallError;
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
type UnaryEngineArc<Req, Resp> = Arc<dyn AsyncEngine<SingleIn<Req>, SingleOut<Resp>>>;
type StreamEngineArc<Req, Item> = Arc<dyn AsyncEngine<SingleIn<Req>, ManyOut<Item>>>;

/// An engine with one response.
pub(crate) struct ErasedUnary<Req, Resp>(pub(crate) UnaryEngineArc<Req, Resp>);

impl<Req, Resp> ErasedEngine for ErasedUnary<Req, Resp>
where
    Req: FromRequest,
    Resp: Serialize + Send + 'static,
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
pub(crate) struct ErasedStream<Req, Item>(pub(crate) StreamEngineArc<Req, Item>);

impl<Req, Item> ErasedEngine for ErasedStream<Req, Item>
where
    Req: FromRequest,
    Item: Serialize + Send + 'static,
{
    fn takes_stream(&self) -> bool {
        Req::STREAM
    }

    fn start(&self, cx: Context, codec: Codec, input: RequestInput) -> ErasedFuture {
        let engine = Arc::clone(&self.0);
        async move {
            let request = Req::read(&cx, codec, input)?;
            let items = engine.generate(cx.with(request)).await?;
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
struct Encoder<T> {
    codec: Codec,
    items: BoxStream<'static, Result<T, CallError>>,
    sent: u64,
    /// Whether the stream has ended or failed. It is not dropped then: dropping a response before its end
    /// kills the context, which would look like a disconnected caller.
    over: bool,
    failed: Option<ErrorClass>,
}

impl<T: Serialize + 'static> Encoder<T> {
    fn boxed(
        codec: Codec,
        items: impl Stream<Item = Result<T, CallError>> + Send + 'static,
    ) -> Box<dyn EncodedItems> {
        Box::new(Self { codec, items: items.boxed(), sent: 0, over: false, failed: None })
    }
}

impl<T: Serialize> EncodedItems for Encoder<T> {
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
            Some(Err(error)) => EndpointError::from(error).forwarded(),
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
