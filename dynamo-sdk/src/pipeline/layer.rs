//! `tower` integration: layers as nodes, engines as services, services as engines.

use std::fmt;
use std::task::{Context as Task, Poll};

use async_trait::async_trait;
use futures::future::{BoxFuture, poll_fn};
use tower_layer::Layer;
use tower_service::Service;

use crate::engine::AsyncEngine;
use crate::engine::context::Context;
use crate::error::BoxError;
use crate::error::call::CallError;
use crate::error::chain::chain;
use crate::error::endpoint::EndpointError;
use crate::pipeline::edge::Edge;
use crate::pipeline::source::{Entry, Open};
use crate::sync::Lock;

impl<S, In, Out> Open<S, In, Out>
where
    S: Entry,
    In: Send + 'static,
    Out: Send + 'static,
{
    /// Links a `tower` layer, or a `ServiceBuilder` of several, below the nodes so far. The layered
    /// service is built once, so that its limits apply across all requests.
    ///
    /// A layer sees the start of a response, not its items: `tower`'s concurrency limit counts a call
    /// only until its stream exists. A layer error that is neither a [`CallError`] nor an
    /// [`EndpointError`] becomes one of class `Internal`; use [`layer_with`](Self::layer_with) to map it
    /// differently.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<EngineService<In, Out>> + Send + 'static,
        L::Service: Service<Context<In>, Response = Out, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + 'static,
    {
        self.layer_with(layer, call_error)
    }

    /// Links a layer like [`layer`](Self::layer), mapping its errors with `error`.
    ///
    /// ```
    /// # use dynamo_sdk::engine::engine_fn;
    /// # use dynamo_sdk::pipeline::{Source, call_error};
    /// # use dynamo_sdk::engine::{AsyncEngine, SingleIn};
    /// # use dynamo_sdk::prelude::*;
    /// use tower::ServiceBuilder;
    /// use tower::load_shed::error::Overloaded;
    ///
    /// # let answer = engine_fn(|request: SingleIn<u32>| async move { Ok(*request.payload()) });
    /// let limits = ServiceBuilder::new().load_shed().concurrency_limit(64);
    /// let pipeline = Source::open()
    ///     .layer_with(limits, |error| match error.downcast::<Overloaded>() {
    ///         Ok(_) => EndpointError::overloaded("64 calls run already").into(),
    ///         Err(error) => call_error(error),
    ///     })
    ///     .sink(answer);
    /// # futures::executor::block_on(async { assert_eq!(pipeline.generate(Context::of(1)).await.unwrap(), 1) });
    /// ```
    pub fn layer_with<L>(
        self,
        layer: L,
        error: impl Fn(BoxError) -> CallError + Send + Sync + 'static,
    ) -> Self
    where
        L: Layer<EngineService<In, Out>> + Send + 'static,
        L::Service: Service<Context<In>, Response = Out, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + 'static,
    {
        self.link_with(move |next| ServiceEngine::with(layer.layer(EngineService { next }), error))
    }
}

/// An engine as a `tower` service. It is always ready; limits belong in a layer.
pub struct EngineService<In, Out> {
    next: Edge<In, Out>,
}

impl<In, Out> EngineService<In, Out>
where
    In: Send + 'static,
    Out: Send + 'static,
{
    /// Creates a service that calls `engine`.
    pub fn new(engine: impl AsyncEngine<Context<In>, Out>) -> Self {
        Self { next: Edge::to(engine) }
    }
}

impl<In, Out> Service<Context<In>> for EngineService<In, Out>
where
    In: Send + 'static,
    Out: Send + 'static,
{
    type Response = Out;
    type Error = CallError;
    type Future = BoxFuture<'static, Result<Out, CallError>>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Context<In>) -> Self::Future {
        let next = self.next.clone();
        Box::pin(async move { next.generate(request).await })
    }
}

impl<In, Out> Clone for EngineService<In, Out> {
    fn clone(&self) -> Self {
        Self { next: self.next.clone() }
    }
}

impl<In, Out> fmt::Debug for EngineService<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineService").finish_non_exhaustive()
    }
}

/// A `tower` service as an engine: each request is sent to a clone once that is ready.
pub struct ServiceEngine<S, F> {
    /// Locked for cloning, because a service need not be `Sync`.
    service: Lock<S>,
    error: F,
}

impl<S, F> ServiceEngine<S, F> {
    /// Creates an engine from `service`, mapping its errors with `error`; [`call_error`] is the usual
    /// choice.
    pub fn with(service: S, error: F) -> Self {
        Self { service: Lock::new(service), error }
    }
}

#[async_trait]
impl<S, F, In, Out> AsyncEngine<Context<In>, Out> for ServiceEngine<S, F>
where
    S: Service<Context<In>, Response = Out, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
    F: Fn(BoxError) -> CallError + Send + Sync + 'static,
    In: Send + 'static,
    Out: Send + 'static,
{
    async fn generate(&self, request: Context<In>) -> Result<Out, CallError> {
        let mut service = self.service.lock().clone();
        let failed = |error: S::Error| (self.error)(error.into());
        poll_fn(|task| service.poll_ready(task)).await.map_err(failed)?;
        service.call(request).await.map_err(failed)
    }
}

impl<S, F> fmt::Debug for ServiceEngine<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServiceEngine").field(&std::any::type_name::<S>()).finish()
    }
}

/// Maps the error of a service to a [`CallError`]: a [`CallError`] or [`EndpointError`] is kept,
/// anything else becomes an error of class `Internal` with its message.
#[must_use]
pub fn call_error(error: BoxError) -> CallError {
    let error = match error.downcast::<CallError>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    match error.downcast::<EndpointError>() {
        Ok(error) => CallError::from(*error),
        Err(error) => EndpointError::internal(chain(&*error)).into(),
    }
}
