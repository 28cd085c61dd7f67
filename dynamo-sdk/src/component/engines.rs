//! The handlers of a component as engines. They fail with [`EndpointError`], which crosses the wire; below the operators
//! of a pipeline, whose nodes may also be remote, the same engines fail with [`CallError`].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use crate::component::reply::{StreamReply, UnaryReply};
use crate::engine::context::Context;
use crate::engine::stream::ResponseStream;
use crate::engine::{AsyncEngine, ManyOut, SingleIn, SingleOut};
use crate::error::call::CallError;
use crate::error::endpoint::EndpointError;
use crate::service::bounds::Failure;
use crate::service::output::generate;

/// A unary handler. It borrows the component from its engine.
pub(super) type UnaryHandler<C, Req, Resp, E> =
    for<'a> fn(&'a C, Context, Req, UnaryReply<Resp, E>) -> BoxFuture<'a, Result<Resp, EndpointError>>;

/// A streaming handler.
pub(super) type StreamHandler<C, Req, Item, E, O> =
    for<'a> fn(&'a C, Context, Req, StreamReply<Item, E, O>) -> BoxFuture<'a, Result<(), EndpointError>>;

/// The engine of a unary handler.
pub(super) struct UnaryEngine<C, Req, Resp, E> {
    component: Arc<C>,
    handler: UnaryHandler<C, Req, Resp, E>,
}

impl<C, Req, Resp, E> UnaryEngine<C, Req, Resp, E> {
    pub(super) fn new(component: Arc<C>, handler: UnaryHandler<C, Req, Resp, E>) -> Self {
        Self { component, handler }
    }
}

impl<C, Req, Resp, E> AsyncEngine<SingleIn<Req>, SingleOut<Resp>, EndpointError>
    for UnaryEngine<C, Req, Resp, E>
where
    C: Send + Sync + 'static,
    Req: Send + 'static,
    Resp: Send + 'static,
    E: Failure + 'static,
{
    // Written out: `#[async_trait]` would add a second box around the future of the handler.
    fn generate<'a, 'async_trait>(
        &'a self,
        request: SingleIn<Req>,
    ) -> Pin<Box<dyn Future<Output = Result<Resp, EndpointError>> + Send + 'async_trait>>
    where
        'a: 'async_trait,
        Self: 'async_trait,
    {
        let (request, cx) = request.into_parts();
        (self.handler)(&self.component, cx, request, UnaryReply::new(E::into))
    }
}

#[async_trait]
impl<C, Req, Resp, E> AsyncEngine<SingleIn<Req>, SingleOut<Resp>> for UnaryEngine<C, Req, Resp, E>
where
    C: Send + Sync + 'static,
    Req: Send + 'static,
    Resp: Send + 'static,
    E: Failure + 'static,
{
    async fn generate(&self, request: SingleIn<Req>) -> Result<Resp, CallError> {
        let served: &dyn AsyncEngine<SingleIn<Req>, SingleOut<Resp>, EndpointError> = self;
        Ok(served.generate(request).await?)
    }
}

/// The engine of a streaming handler.
pub(super) struct StreamEngine<C, Req, Item, E, O> {
    component: Arc<C>,
    handler: StreamHandler<C, Req, Item, E, O>,
}

impl<C, Req, Item, E, O> StreamEngine<C, Req, Item, E, O> {
    pub(super) fn new(component: Arc<C>, handler: StreamHandler<C, Req, Item, E, O>) -> Self {
        Self { component, handler }
    }
}

/// The items of a handler.
pub(super) type HandlerItems<Item> = BoxStream<'static, Result<Item, EndpointError>>;

#[async_trait]
impl<C, Req, Item, E, O> AsyncEngine<SingleIn<Req>, HandlerItems<Item>, EndpointError>
    for StreamEngine<C, Req, Item, E, O>
where
    C: Send + Sync + 'static,
    Req: Send + 'static,
    Item: Send + 'static,
    E: Failure + 'static,
    O: Failure + 'static,
{
    async fn generate(&self, request: SingleIn<Req>) -> Result<HandlerItems<Item>, EndpointError> {
        let (request, cx) = request.into_parts();
        let (component, handler) = (Arc::clone(&self.component), self.handler);
        // The future owns the component that the handler borrows.
        let items = generate(move |out| async move {
            let reply = StreamReply::new(out, E::into, O::into);
            handler(&component, cx, request, reply).await
        });
        Ok(items.await?.boxed())
    }
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
        let served: &dyn AsyncEngine<SingleIn<Req>, HandlerItems<Item>, EndpointError> = self;
        let cx = request.bare();
        // The endpoint watches the context.
        Ok(ResponseStream::unwatched(served.generate(request).await?.map_err(CallError::from), cx))
    }
}
