//! Clients that hold their engines themselves: test doubles, and components without a runtime.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{Stream, StreamExt};
use tokio::sync::watch;

use crate::address::names::{ComponentId, EndpointId, EndpointName, InstanceId};
use crate::component::bridge::Serve;
use crate::component::mount::{Decode, Encode};
use crate::discovery::instances::InstanceList;
use crate::engine::stream::ResponseStream;
use crate::engine::{AsyncEngine, ManyOut, SingleIn, SingleOut};
use crate::error::call::CallError;
use crate::error::endpoint::EndpointError;
use crate::service::admission::Gate;
use crate::service::endpoint::Served;
use crate::service::spec::EndpointSpec;
use crate::transport::request::{OutgoingCall, Response, memory};
use crate::wire::codec::Codec;
use crate::wire::instance::{Instance, Transport};

/// How many calls run at a time, and how many more wait: what a runtime allows unless it is told otherwise.
const RUNNING: usize = 10_000;
const QUEUE: usize = 40_000;

/// Engines made by hand that stand in for a component. A typed client takes them with `from_engine`:
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Echo;
/// # #[endpoints] impl Echo {
/// #     #[endpoint] async fn say(&self, text: String) -> String { text }
/// #     #[endpoint] async fn words(&self, text: String) -> impl Stream<Item = String> { stream::iter([text]) }
/// # }
/// # futures::executor::block_on(async {
/// let double = dynamo_sdk::Double::new()
///     .unary("say", |text: String| async move { Ok(text.to_uppercase()) })
///     .stream("words", |text: String| stream::iter([text.clone(), text]));
/// let echo = EchoClient::from_engine(double);
/// assert_eq!(echo.say("hello".into()).await?, "HELLO");
/// # Ok::<_, CallError>(()) }).unwrap();
/// ```
///
/// Requests and items are encoded and decoded, so that the names and the types must be those of the component. An endpoint
/// that the double does not have answers [`NotFound`](crate::error::endpoint::class::ErrorClass::NotFound).
#[derive(Default)]
pub struct Double {
    endpoints: BTreeMap<EndpointName, EndpointSpec>,
}

impl Double {
    /// Without endpoints.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `endpoint` with one response. The handler of a stream of requests takes a
    /// [`RequestStream`](crate::engine::input::RequestStream). A name that is there already gets the new handler.
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
        self.unary_engine(endpoint, Handler { handler, request: PhantomData })
    }

    /// Answers `endpoint` with a stream of responses.
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

    /// Answers `endpoint` with a stream of responses, of which the last may be an error.
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
        self.stream_engine(endpoint, Handler { handler, request: PhantomData })
    }

    /// Answers `endpoint` with an engine, which finds the [`Context`](crate::engine::context::Context) of the call around its request.
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

    /// The same for an engine of a stream of responses.
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
        // An engine sees the context, and decides itself what a stop means.
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
struct Handler<F, Req> {
    handler: F,
    request: PhantomData<fn(Req)>,
}

#[async_trait]
impl<F, Req, Resp, Fut> AsyncEngine<SingleIn<Req>, SingleOut<Resp>> for Handler<F, Req>
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
impl<F, Req, Item, S> AsyncEngine<SingleIn<Req>, ManyOut<Item>> for Handler<F, Req>
where
    F: Fn(Req) -> S + Send + Sync + 'static,
    Req: Decode,
    Item: Encode,
    S: Stream<Item = Result<Item, EndpointError>> + Send + 'static,
{
    async fn generate(&self, request: SingleIn<Req>) -> Result<ManyOut<Item>, CallError> {
        let (request, cx) = request.into_parts();
        let items = (self.handler)(request).map(|item| item.map_err(CallError::Endpoint));
        Ok(ResponseStream::unwatched(items, cx))
    }
}

/// The engines behind one client.
#[derive(Debug)]
pub(super) struct Engines {
    component: ComponentId,
    /// Whose they are, for a message.
    what: &'static str,
    served: BTreeMap<EndpointName, Arc<Served>>,
}

impl Engines {
    pub(super) fn new(component: ComponentId, what: &'static str, endpoints: Vec<EndpointSpec>) -> Self {
        let gate = Gate::new(RUNNING, QUEUE);
        let served = endpoints.into_iter().map(|spec| {
            let id = component.endpoint(spec.name.clone());
            let name = spec.name.clone();
            (name, Served::new(id, INSTANCE, spec, Arc::clone(&gate), None))
        });
        let served = served.collect();
        Self { component, what, served }
    }

    pub(super) fn component(&self) -> &ComponentId {
        &self.component
    }

    /// A list with the one instance that there is. It has one for every name: a call finds out what is missing.
    pub(super) fn list(&self, endpoint: &EndpointId) -> watch::Receiver<InstanceList> {
        let instance = Instance {
            endpoint: endpoint.clone(),
            id: INSTANCE,
            transport: Transport::Memory(endpoint.to_string()),
            codec: Codec::MsgPack,
            device_type: None,
            other: serde_json::Map::new(),
        };
        let instances = [Arc::new(instance)].into();
        watch::Sender::new(InstanceList { instances, stale_since: None, known: true }).subscribe()
    }

    pub(super) async fn call(&self, call: OutgoingCall) -> Result<Response, CallError> {
        let wanted = &call.target.endpoint.endpoint;
        match self.served.get(wanted) {
            Some(served) => memory::call(served, call).await,
            None => Err(CallError::Endpoint(self.missing(wanted))),
        }
    }

    fn missing(&self, wanted: &EndpointName) -> EndpointError {
        let there: Vec<String> = self.served.keys().map(|name| format!("`{name}`")).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        let (what, component) = (self.what, &self.component);
        EndpointError::not_found(format!("{what} for {component} has no endpoint `{wanted}`; it has {there}"))
    }
}

/// The id of an instance that is nowhere registered.
const INSTANCE: InstanceId = InstanceId(0);
