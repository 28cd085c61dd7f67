//! What a mount statement is made of: the types of an endpoint, its handler, and where the handler's outcome goes.
//!
//! The bounds of the types are those of [`EndpointList::unary`](crate::component::mount::EndpointList::unary) and its like and of nothing
//! behind them, so that a type that cannot travel is told once, where the statement names it. What depends on the bounds is
//! kept as functions.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, TryStreamExt};

use crate::component::mount::EndpointSlot;
use crate::engine::context::Context;
use crate::engine::stream::ResponseStream;
use crate::engine::{AsyncEngine, ManyOut, SingleIn, SingleOut};
use crate::error::call::CallError;
use crate::error::endpoint::EndpointError;
use crate::pipeline::source::{Open, Source};
use crate::service::bounds::{Decode, Encode, Failure};
use crate::service::endpoint_info::EndpointInfo;
use crate::service::erased::{ErasedEngine, ErasedStream, ErasedUnary};
use crate::service::output::{Output, generate};
use crate::service::spec::EndpointSpec;

/// A handler of one response. It borrows the component from whoever runs it.
type UnaryHandler<C, Req, Resp, E> =
    for<'a> fn(&'a C, Context, Req, UnaryReply<Resp, E>) -> BoxFuture<'a, Result<Resp, CallError>>;

/// A handler of a stream.
type StreamHandler<C, Req, Item, E, O> =
    for<'a> fn(&'a C, Context, Req, StreamReply<Item, E, O>) -> BoxFuture<'a, Result<(), EndpointError>>;

/// An endpoint that has its types and gets its handler next.
#[must_use = "an endpoint without a handler is not there"]
pub struct EndpointBuilder<'a, C, H> {
    slot: EndpointSlot<'a, C>,
    name: &'static str,
    about: EndpointInfo,
    engine: MakeEngine<C, H>,
}

/// Makes the engine of an endpoint once its handler is known.
type MakeEngine<C, H> = Box<dyn FnOnce(Arc<C>, H) -> Box<dyn ErasedEngine>>;

/// Links the operators in front of a handler to a pipeline that begins at its endpoint.
pub type PipelineLink<Up, Answer, Req, Out> =
    fn(Open<Source<Up, Answer>, Up, Answer>) -> Open<Source<Up, Answer>, Req, Out>;

impl<C, H> fmt::Debug for EndpointBuilder<'_, C, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An endpoint of one response.
pub type UnaryBuilder<'a, C, Req, Resp, E> = EndpointBuilder<'a, C, UnaryHandler<C, Req, Resp, E>>;

/// An endpoint of a stream of responses.
pub type StreamBuilder<'a, C, Req, Item, E, O> = EndpointBuilder<'a, C, StreamHandler<C, Req, Item, E, O>>;

impl<'a, C: Send + Sync + 'static, Req, Resp, E> UnaryBuilder<'a, C, Req, Resp, E> {
    pub(super) fn new(slot: EndpointSlot<'a, C>, name: &'static str, about: EndpointInfo) -> Self
    where
        Req: Decode,
        Resp: Encode,
        E: Failure + 'static,
    {
        let engine = |component, handler| -> Box<dyn ErasedEngine> {
            Box::new(ErasedUnary::<Req, Resp>(Arc::new(UnaryEngine { component, handler })))
        };
        Self { slot, name, about, engine: Box::new(engine) }
    }

    pub(super) fn piped<Up, Answer>(
        slot: EndpointSlot<'a, C>,
        name: &'static str,
        about: EndpointInfo,
        link: PipelineLink<Up, Answer, Req, Resp>,
    ) -> Self
    where
        Up: Decode,
        Answer: Encode,
        Req: Send + 'static,
        Resp: Send + 'static,
        E: Failure + 'static,
    {
        let engine = move |component, handler| -> Box<dyn ErasedEngine> {
            let pipeline = link(Source::open()).sink(UnaryEngine { component, handler });
            Box::new(ErasedUnary::<Up, Answer>(Arc::new(pipeline)))
        };
        Self { slot, name, about, engine: Box::new(engine) }
    }

    /// Mounts the endpoint.
    pub fn handler(self, handler: UnaryHandler<C, Req, Resp, E>) -> &'a mut EndpointSpec {
        self.slot.put(self.name, self.about, |component| (self.engine)(component, handler))
    }
}

impl<'a, C: Send + Sync + 'static, Req, Item, E, O> StreamBuilder<'a, C, Req, Item, E, O> {
    pub(super) fn new(slot: EndpointSlot<'a, C>, name: &'static str, about: EndpointInfo) -> Self
    where
        Req: Decode,
        Item: Encode,
        E: Failure + 'static,
        O: Failure + 'static,
    {
        let engine = |component, handler| -> Box<dyn ErasedEngine> {
            Box::new(ErasedStream::<Req, Item>(Arc::new(StreamEngine { component, handler })))
        };
        Self { slot, name, about, engine: Box::new(engine) }
    }

    pub(super) fn piped<Up, Answer>(
        slot: EndpointSlot<'a, C>,
        name: &'static str,
        about: EndpointInfo,
        link: PipelineLink<Up, ManyOut<Answer>, Req, ManyOut<Item>>,
    ) -> Self
    where
        Up: Decode,
        Answer: Encode,
        Req: Send + 'static,
        Item: Send + 'static,
        E: Failure + 'static,
        O: Failure + 'static,
    {
        let engine = move |component, handler| -> Box<dyn ErasedEngine> {
            let pipeline = link(Source::open()).sink(StreamEngine { component, handler });
            Box::new(ErasedStream::<Up, Answer>(Arc::new(pipeline)))
        };
        Self { slot, name, about, engine: Box::new(engine) }
    }

    /// Mounts the endpoint.
    pub fn handler(self, handler: StreamHandler<C, Req, Item, E, O>) -> &'a mut EndpointSpec {
        self.slot.put(self.name, self.about, |component| (self.engine)(component, handler))
    }
}

/// Where a handler of one response gives it. Dropping the future that comes back drops the handler's.
pub struct UnaryReply<Resp, E> {
    failed: fn(E) -> EndpointError,
    response: PhantomData<fn(Resp)>,
}

impl<Resp, E> fmt::Debug for UnaryReply<Resp, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnaryReply").finish_non_exhaustive()
    }
}

impl<Resp: 'static, E: 'static> UnaryReply<Resp, E> {
    /// The response of a handler that cannot fail.
    pub fn value<'a>(
        self,
        handler: impl Future<Output = Resp> + Send + 'a,
    ) -> BoxFuture<'a, Result<Resp, CallError>> {
        handler.map(Ok).boxed()
    }

    /// The response of a handler, or its error.
    pub fn result<'a>(
        self,
        handler: impl Future<Output = Result<Resp, E>> + Send + 'a,
    ) -> BoxFuture<'a, Result<Resp, CallError>> {
        handler.map(move |result| result.map_err(|error| CallError::Endpoint((self.failed)(error)))).boxed()
    }
}

/// Where a handler of a stream gives it. Its items may be results with errors `E`, and opening it may fail with `O`.
/// Dropping the future that comes back drops the stream.
pub struct StreamReply<Item, E, O> {
    out: Output<Item>,
    failed: fn(E) -> EndpointError,
    refused: fn(O) -> EndpointError,
}

impl<Item, E, O> fmt::Debug for StreamReply<Item, E, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReply").finish_non_exhaustive()
    }
}

impl<Item: Send + 'static, E: 'static, O: 'static> StreamReply<Item, E, O> {
    /// The items of a stream.
    pub fn items<'a, S: Stream<Item = Item> + Send + 'a>(
        self,
        handler: impl Future<Output = S> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        async move { self.out.forward(handler.await).await }.boxed()
    }

    /// The items of a stream up to its first error.
    pub fn results<'a, S: Stream<Item = Result<Item, E>> + Send + 'a>(
        self,
        handler: impl Future<Output = S> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        async move { self.out.try_forward(handler.await.map_err(self.failed)).await }.boxed()
    }

    /// The items of a stream that may not open.
    pub fn opened<'a, S: Stream<Item = Item> + Send + 'a>(
        self,
        handler: impl Future<Output = Result<S, O>> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        async move { self.out.forward(handler.await.map_err(self.refused)?).await }.boxed()
    }

    /// The items of a stream that may not open, up to its first error.
    pub fn opened_results<'a, S: Stream<Item = Result<Item, E>> + Send + 'a>(
        self,
        handler: impl Future<Output = Result<S, O>> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        let Self { out, failed, refused } = self;
        async move { out.try_forward(handler.await.map_err(refused)?.map_err(failed)).await }.boxed()
    }
}

/// A handler of one response as an engine.
struct UnaryEngine<C, Req, Resp, E> {
    component: Arc<C>,
    handler: UnaryHandler<C, Req, Resp, E>,
}

impl<C, Req, Resp, E> AsyncEngine<SingleIn<Req>, SingleOut<Resp>> for UnaryEngine<C, Req, Resp, E>
where
    C: Send + Sync + 'static,
    Req: Send + 'static,
    Resp: Send + 'static,
    E: Failure + 'static,
{
    // What `#[async_trait]` would write, without a second box around the one of the handler.
    fn generate<'a, 'async_trait>(
        &'a self,
        request: SingleIn<Req>,
    ) -> Pin<Box<dyn Future<Output = Result<Resp, CallError>> + Send + 'async_trait>>
    where
        'a: 'async_trait,
        Self: 'async_trait,
    {
        let (request, cx) = request.into_parts();
        (self.handler)(&self.component, cx, request, UnaryReply { failed: E::into, response: PhantomData })
    }
}

/// A handler of a stream as an engine.
struct StreamEngine<C, Req, Item, E, O> {
    component: Arc<C>,
    handler: StreamHandler<C, Req, Item, E, O>,
}

#[async_trait]
impl<C, Req, Item, E, O> AsyncEngine<SingleIn<Req>, ManyOut<Item>> for StreamEngine<C, Req, Item, E, O>
where
    C: Send + Sync + 'static,
    Req: Send + 'static,
    Item: Send + 'static,
    E: Failure + 'static,
    O: Failure + 'static,
{
    async fn generate(&self, request: SingleIn<Req>) -> Result<ManyOut<Item>, CallError> {
        let (request, cx) = request.into_parts();
        let (component, handler, handler_cx) = (Arc::clone(&self.component), self.handler, cx.clone());
        // The future owns the component that the handler borrows.
        let items = generate(move |out| async move {
            let items = StreamReply { out, failed: E::into, refused: O::into };
            handler(&component, handler_cx, request, items).await
        });
        // Whoever serves the endpoint watches over the context.
        Ok(ResponseStream::unwatched(items.await?.map_err(CallError::Endpoint), cx))
    }
}
