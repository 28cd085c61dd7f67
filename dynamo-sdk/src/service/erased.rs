//! Engines as transports see them: encoded request in, encoded items out.

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
use crate::service::input::{FromRequest, RequestInput};
use crate::wire::codec::Codec;
use crate::wire::item;

/// The items of a response, encoded on demand.
pub(crate) trait EncodedItems: Send {
    /// Appends the next item to `buf`; an error is the last item. Leaves `buf` unchanged if there is none.
    fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<Option<()>>;

    /// Whether the last item was an error of the engine, if that is known.
    fn failed(&self) -> bool {
        false
    }
}

/// An engine with its types erased.
pub(crate) trait ErasedEngine: Send + Sync {
    /// Starts the engine. A stream of requests is decoded as it is read.
    fn start(&self, cx: Context, codec: Codec, input: RequestInput) -> ErasedFuture;

    /// Whether it takes a stream of requests.
    fn takes_stream(&self) -> bool {
        false
    }
}

/// The items, once the engine has started.
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

/// The engine of an endpoint that is only described.
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
    /// Whether the stream has ended or failed. The stream is not dropped at that point: dropping a response
    /// before its end kills the context, which would look like a caller that disconnected.
    over: bool,
    failed: bool,
}

impl<T: Serialize + 'static> Encoder<T> {
    fn boxed(
        codec: Codec,
        items: impl Stream<Item = Result<T, CallError>> + Send + 'static,
    ) -> Box<dyn EncodedItems> {
        Box::new(Self { codec, items: items.boxed(), sent: 0, over: false, failed: false })
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
        self.failed = true;
        put_error(self.codec, &error, buf);
        Poll::Ready(Some(()))
    }

    fn failed(&self) -> bool {
        self.failed
    }
}

/// Appends an error item. An error consists of text and numbers alone, so that both codecs can always write
/// it.
pub(crate) fn put_error(codec: Codec, error: &EndpointError, buf: &mut BytesMut) {
    if let Err(error) = item::put_error(codec, error, buf) {
        tracing::error!(%error, "failed to encode an error item");
    }
}

/// The error that a caller receives for a panic.
pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> EndpointError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    EndpointError::panicked(format!("the handler panicked: {text}"))
}
