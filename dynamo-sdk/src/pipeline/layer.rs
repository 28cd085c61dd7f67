//! Layers of `tower` as nodes, and what they are made of: an engine as a service, and a service as an engine.

use std::fmt;
use std::sync::{Mutex, PoisonError};
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

impl<S, In, Out> Open<S, In, Out>
where
    S: Entry,
    In: Send + 'static,
    Out: Send + 'static,
{
    /// Puts a layer of `tower`, or a `ServiceBuilder` of several, below what is linked already. It is made once, so that
    /// its limits hold over all requests.
    ///
    /// A layer sees the start of a response, not its items: a concurrency limit of `tower` counts calls until their stream
    /// exists. An error of a layer that is neither a [`CallError`] nor an [`EndpointError`] becomes one of class
    /// `Internal`; a layer that makes them has [`layer_with`](Self::layer_with).
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

    /// The same, with the meaning of the errors of the layer.
    ///
    /// ```
    /// # use dynamo_sdk::engine::engine_fn;
    /// # use dynamo_sdk::pipeline::{Source, call_error};
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

/// An engine as a service of `tower`. It is always ready: what limits it is a layer.
pub struct EngineService<In, Out> {
    next: Edge<In, Out>,
}

impl<In, Out> EngineService<In, Out>
where
    In: Send + 'static,
    Out: Send + 'static,
{
    /// The service of `engine`.
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

/// A service of `tower` as an engine: each request goes to a clone, once that is ready.
pub struct ServiceEngine<S, F> {
    /// Locked to be cloned, as not every service is `Sync`.
    service: Mutex<S>,
    error: F,
}

impl<S, F> ServiceEngine<S, F> {
    /// The engine of `service`, whose errors mean what `error` says; [`call_error`] is the usual choice.
    pub fn with(service: S, error: F) -> Self {
        Self { service: Mutex::new(service), error }
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
        let mut service = self.service.lock().unwrap_or_else(PoisonError::into_inner).clone();
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

/// What an error of a service means for a caller: itself, if it is a [`CallError`] or an [`EndpointError`], and else an
/// error of class `Internal` with its text.
#[must_use]
pub fn call_error(error: BoxError) -> CallError {
    let error = match error.downcast::<CallError>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    match error.downcast::<EndpointError>() {
        Ok(error) => CallError::Endpoint(*error),
        Err(error) => EndpointError::internal(chain(&*error)).into(),
    }
}
