//! Clients that hold their engines: test doubles, and components without a runtime.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{Stream, StreamExt};

use crate::address::ids::ComponentId;
use crate::address::names::EndpointName;
use crate::client::handle::Client;
use crate::client::local::LocalEndpoints;
use crate::component::bridge::ServeWith;
use crate::engine::stream::ResponseStream;
use crate::engine::{AsyncEngine, ManyOut, SingleIn, SingleOut};
use crate::error::call::CallError;
use crate::error::endpoint::EndpointError;
use crate::service::bounds::{Decode, Encode};
use crate::service::spec::EndpointSpec;

/// A test double: hand-written engines in place of a component. Pass it to `from_double` of a typed client:
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Echo;
/// # #[endpoints] impl Echo {
/// #     #[endpoint] async fn say(&self, text: String) -> String { text }
/// #     #[endpoint]
/// #     async fn words(&self, text: String) -> impl Stream<Item = String> { stream::iter([text]) }
/// # }
/// # futures::executor::block_on(async {
/// let double = dynamo_sdk::component::Double::new()
///     .unary("say", |text: String| async move { Ok(text.to_uppercase()) })
///     .stream("words", |text: String| stream::iter([text.clone(), text]));
/// let echo = EchoClient::from_double(double);
/// assert_eq!(echo.say("hello".into()).await?, "HELLO");
/// # Ok::<_, CallError>(()) }).unwrap();
/// ```
///
/// Requests and items are encoded and decoded, so names and types must match those of the component. Calls
/// to an endpoint that the double lacks fail with
/// [`NotFound`](crate::error::endpoint::class::ErrorClass::NotFound).
#[derive(Default)]
pub struct Double {
    endpoints: BTreeMap<EndpointName, EndpointSpec>,
}

impl Double {
    /// Creates a double with no endpoints.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `endpoint` with a single response. For a request stream, the handler takes a
    /// [`RequestStream`](crate::engine::requests::RequestStream). Replaces the handler of an existing name.
    ///
    /// # Panics
    /// If `endpoint` is not a valid name.
    #[must_use]
    pub fn unary<Req, Resp, Fut>(
        self,
        endpoint: &'static str,
        handler: impl Fn(Req) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        Req: Decode,
        Resp: Encode,
        Fut: Future<Output = Result<Resp, EndpointError>> + Send + 'static,
    {
        self.unary_engine(endpoint, ClosureEngine { handler, request: PhantomData })
    }

    /// Answers `endpoint` with a response stream.
    ///
    /// # Panics
    /// If `endpoint` is not a valid name.
    #[must_use]
    pub fn stream<Req, S>(
        self,
        endpoint: &'static str,
        handler: impl Fn(Req) -> S + Send + Sync + 'static,
    ) -> Self
    where
        Req: Decode,
        S: Stream<Item: Encode> + Send + 'static,
    {
        self.try_stream(endpoint, move |request| handler(request).map(Ok))
    }

    /// Answers `endpoint` with a response stream whose last item may be an error.
    ///
    /// # Panics
    /// If `endpoint` is not a valid name.
    #[must_use]
    pub fn try_stream<Req, Item, S>(
        self,
        endpoint: &'static str,
        handler: impl Fn(Req) -> S + Send + Sync + 'static,
    ) -> Self
    where
        Req: Decode,
        Item: Encode,
        S: Stream<Item = Result<Item, EndpointError>> + Send + 'static,
    {
        self.stream_engine(endpoint, ClosureEngine { handler, request: PhantomData })
    }

    /// Answers `endpoint` with an engine, which receives the request in the
    /// [`Context`](crate::engine::context::Context) of the call.
    ///
    /// # Panics
    /// If `endpoint` is not a valid name.
    #[must_use]
    pub fn unary_engine<Req: Decode, Resp: Encode>(
        self,
        endpoint: &'static str,
        engine: impl AsyncEngine<SingleIn<Req>, SingleOut<Resp>>,
    ) -> Self {
        self.with(Req::spec(EndpointName::from_static(endpoint), Arc::new(engine)))
    }

    /// Answers `endpoint` with an engine that returns a response stream.
    ///
    /// # Panics
    /// If `endpoint` is not a valid name.
    #[must_use]
    pub fn stream_engine<Req: Decode, Item: Encode>(
        self,
        endpoint: &'static str,
        engine: impl AsyncEngine<SingleIn<Req>, ManyOut<Item>>,
    ) -> Self {
        let mut spec = Req::spec(EndpointName::from_static(endpoint), Arc::new(engine));
        // An engine sees the context and handles a stop itself.
        spec.takes_context();
        self.with(spec)
    }

    fn with(mut self, spec: EndpointSpec) -> Self {
        self.endpoints.insert(spec.name.clone(), spec);
        self
    }

    pub(super) fn into_endpoints(self) -> Vec<EndpointSpec> {
        self.endpoints.into_values().collect()
    }
}

impl fmt::Debug for Double {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Double").field("endpoints", &self.endpoints.keys()).finish()
    }
}

/// A closure as an engine.
struct ClosureEngine<F, Req> {
    handler: F,
    request: PhantomData<fn(Req)>,
}

#[async_trait]
impl<F, Req, Resp, Fut> AsyncEngine<SingleIn<Req>, SingleOut<Resp>> for ClosureEngine<F, Req>
where
    F: Fn(Req) -> Fut + Send + Sync + 'static,
    Req: Decode,
    Resp: Encode,
    Fut: Future<Output = Result<Resp, EndpointError>> + Send + 'static,
{
    async fn generate(&self, request: SingleIn<Req>) -> Result<Resp, CallError> {
        let (request, _) = request.into_parts();
        Ok((self.handler)(request).await?)
    }
}

#[async_trait]
impl<F, Req, Item, S> AsyncEngine<SingleIn<Req>, ManyOut<Item>> for ClosureEngine<F, Req>
where
    F: Fn(Req) -> S + Send + Sync + 'static,
    Req: Decode,
    Item: Encode,
    S: Stream<Item = Result<Item, EndpointError>> + Send + 'static,
{
    async fn generate(&self, request: SingleIn<Req>) -> Result<ManyOut<Item>, CallError> {
        let (request, cx) = request.into_parts();
        let items = (self.handler)(request).map(|item| item.map_err(CallError::from));
        Ok(ResponseStream::unwatched(items, cx))
    }
}

impl Client {
    /// Creates a client of `component` that calls the engines of `double`. Limits are as for
    /// [`local`](Self::local).
    #[must_use]
    pub fn from_double(component: ComponentId, double: Double) -> Self {
        Self::of_engines(LocalEndpoints::new(component, "the double", double.into_endpoints()))
    }
}
