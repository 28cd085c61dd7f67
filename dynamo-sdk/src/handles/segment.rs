//! The cut between two pipeline segments: an endpoint at the top of the lower one, a call at the bottom
//! of the upper one.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;

use crate::address::names::EndpointName;
use crate::client::handle::Client;
use crate::client::options::CallOptions;
use crate::component::bridge::{CallWith, MakeCall, ServeWith};
use crate::engine::AsyncEngine;
use crate::engine::context::Context;
use crate::error::Result;
use crate::error::call::CallError;
use crate::handles::namespace::EndpointHandle;
use crate::pipeline::edge::Edge;
use crate::pipeline::source::{Entry, Open, Pipeline};
use crate::server::serve::Serve;
use crate::server::serving::Serving;

/// A request that an endpoint can answer with `Out`. Implemented for requests that deserialize, single
/// or streamed, with responses that serialize, single or streamed.
#[diagnostic::on_unimplemented(
    message = "an endpoint cannot answer `{Self}` with `{Out}`",
    note = "the request must implement `serde::Deserialize`, and the response, or the items of a `ManyOut`, `serde::Serialize`"
)]
pub trait ServeAs<Out>: ServeWith<Out> {}

#[diagnostic::do_not_recommend]
impl<In: ServeWith<Out>, Out> ServeAs<Out> for In {}

/// A request that an endpoint can be called with, answered by `Out`. The client side of [`ServeAs`].
#[diagnostic::on_unimplemented(
    message = "an endpoint cannot be called with `{Self}` for `{Out}`",
    note = "the request must implement `serde::Serialize`, and the response, or the items of a `ManyOut`, `serde::Deserialize`"
)]
pub trait CallAs<Out>: CallWith<Out> {}

#[diagnostic::do_not_recommend]
impl<In: CallWith<Out>, Out> CallAs<Out> for In {}

/// The upper end of a segment: an endpoint whose requests enter the linked pipeline.
pub struct SegmentSource<In, Out> {
    endpoint: EndpointHandle,
    types: PhantomData<fn(In) -> Out>,
}

impl<In, Out> SegmentSource<In, Out>
where
    In: ServeAs<Out>,
    Out: Send + 'static,
{
    /// Opens a pipeline for the requests of `endpoint`. Closing it yields a [`Segment`].
    pub fn open(endpoint: EndpointHandle) -> Open<Self, In, Out> {
        Open::new(Self { endpoint, types: PhantomData })
    }
}

impl<In, Out> Entry for SegmentSource<In, Out>
where
    In: ServeAs<Out>,
    Out: Send + 'static,
{
    type In = In;
    type Out = Out;
    type Closed = Segment<In, Out>;

    fn close(self, first: Edge<In, Out>) -> Segment<In, Out> {
        Segment { endpoint: self.endpoint, pipeline: Pipeline::of(first) }
    }
}

impl<In, Out> fmt::Debug for SegmentSource<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentSource").field("endpoint", self.endpoint.id()).finish()
    }
}

/// A pipeline behind an endpoint. [`start`](Self::start) it, or await it to serve until the runtime
/// shuts down.
#[must_use = "nothing is served until this is awaited or started"]
pub struct Segment<In, Out> {
    endpoint: EndpointHandle,
    pipeline: Pipeline<In, Out>,
}

impl<In, Out> Segment<In, Out>
where
    In: ServeAs<Out>,
    Out: Send + 'static,
{
    /// Registers the endpoint. Returns once the endpoint can be discovered and called.
    ///
    /// # Errors
    /// Those of [`Serve::start`].
    ///
    /// # Cancel safety
    /// Dropping the future undoes what it has done so far.
    pub async fn start(self) -> Result<Serving> {
        self.serve().start().await
    }

    fn serve(self) -> Serve {
        self.endpoint.serve(self.pipeline)
    }
}

impl<In, Out> IntoFuture for Segment<In, Out>
where
    In: ServeAs<Out>,
    Out: Send + 'static,
{
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'static, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        self.serve().into_future()
    }
}

impl<In, Out> fmt::Debug for Segment<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment").field("endpoint", self.endpoint.id()).finish_non_exhaustive()
    }
}

/// The lower end of a segment: calls an endpoint, whether it is served by a [`SegmentSource`], a
/// component or a Dynamo process.
///
/// The request keeps its id, metadata, trace and deadline; its slots and history stay local.
/// Cancellation propagates to the callee. The client's router picks the instance. Options are those of a
/// [call](crate::client::call::Call), set once for all requests.
pub struct SegmentSink<In, Out> {
    client: Client,
    endpoint: EndpointName,
    options: CallOptions,
    types: PhantomData<fn(In) -> Out>,
}

impl<In, Out> SegmentSink<In, Out>
where
    In: CallAs<Out>,
    Out: Send + 'static,
{
    /// Creates a sink that calls `endpoint` of the client's component.
    pub fn new(client: &Client, endpoint: EndpointName) -> Self {
        Self { client: client.clone(), endpoint, options: CallOptions::default(), types: PhantomData }
    }

    /// Sets the deadline, like [`Call::timeout`](crate::client::call::Call::timeout).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Limits the wait for the first item, like
    /// [`Call::first_item_timeout`](crate::client::call::Call::first_item_timeout).
    #[must_use]
    pub fn first_item_timeout(mut self, limit: Duration) -> Self {
        self.options.first_item = Some(limit);
        self
    }

    /// Limits the wait between items, like
    /// [`Call::idle_timeout`](crate::client::call::Call::idle_timeout).
    #[must_use]
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.options.silence = Some(limit);
        self
    }

    /// Marks the calls as idempotent, like [`Call::idempotent`](crate::client::call::Call::idempotent).
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.options.idempotent = true;
        self
    }
}

#[async_trait]
impl<In, Out> AsyncEngine<Context<In>, Out> for SegmentSink<In, Out>
where
    In: CallAs<Out>,
    Out: Send + 'static,
{
    async fn generate(&self, request: Context<In>) -> Result<Out, CallError> {
        let (request, cx) = request.into_parts();
        let options = self.options.clone().continuing(&cx);
        In::call(&self.client, self.endpoint.clone(), request, options).await
    }
}

impl<In, Out> Clone for SegmentSink<In, Out> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            endpoint: self.endpoint.clone(),
            options: self.options.clone(),
            types: PhantomData,
        }
    }
}

impl<In, Out> fmt::Debug for SegmentSink<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentSink")
            .field("component", self.client.component())
            .field("endpoint", &self.endpoint)
            .field("options", &self.options)
            .finish()
    }
}

/// Creates a sink from a client method, which fixes the request and response types and can set any
/// option of the call.
///
/// As with [`SegmentSink`], the request keeps its id, metadata, trace and deadline unless the call
/// overrides them.
///
/// ```
/// # use dynamo_sdk::handles::call_sink;
/// # use dynamo_sdk::pipeline::{Source, map_request};
/// # use dynamo_sdk::engine::AsyncEngine;
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Double;
/// # #[endpoints] impl Double { #[endpoint] async fn of(&self, number: u32) -> u32 { number * 2 } }
/// # futures::executor::block_on(async {
/// let double = DoubleClient::local(Double);
/// let pipeline = Source::open()
///     .link(map_request(|text: &'static str| Ok(text.len() as u32)))
///     .sink(call_sink(move |number| double.of(number).metadata("tenant", "t1")));
/// assert_eq!(pipeline.generate(Context::of("four")).await?, 8);
/// # Ok::<_, CallError>(()) }).unwrap();
/// ```
pub fn call_sink<F, In, C>(call: F) -> CallSink<F, In>
where
    F: Fn(In) -> C,
    C: PendingCall,
{
    CallSink { call, types: PhantomData }
}

/// A call that has not been sent: a [`Call`](crate::client::call::Call) or a
/// [`StreamCall`](crate::client::call::StreamCall).
pub trait PendingCall: MakeCall {}

impl<C: MakeCall> PendingCall for C {}

/// A client method as an engine. Created by [`call_sink`].
pub struct CallSink<F, In> {
    call: F,
    types: PhantomData<fn(In)>,
}

#[async_trait]
impl<F, In, C> AsyncEngine<Context<In>, C::Out> for CallSink<F, In>
where
    F: Fn(In) -> C + Send + Sync + 'static,
    In: Send + 'static,
    C: PendingCall,
{
    async fn generate(&self, request: Context<In>) -> Result<C::Out, CallError> {
        let (request, cx) = request.into_parts();
        (self.call)(request).make(&cx).await
    }
}

impl<F, In> fmt::Debug for CallSink<F, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CallSink").field(&std::any::type_name::<F>()).finish()
    }
}
