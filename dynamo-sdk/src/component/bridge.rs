//! The four shapes at both ends of a connection. Sealed: what crosses the network is fixed by the wire.

use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde::de::DeserializeOwned;

use crate::address::names::EndpointName;
use crate::client::call::CallOptions;
use crate::client::handle::Client;
use crate::client::outbound::Payload;
use crate::engine::context::Context;
use crate::engine::{AsyncEngine, ManyOut};
use crate::error::call::CallError;
use crate::service::bounds::{Decode, Encode};
use crate::service::endpoint_info::About;
use crate::service::erased::{StreamWire, UnaryWire};
use crate::service::spec::EndpointSpec;

/// A request that an endpoint can be served for, with responses of `Out`.
pub trait Serve<Out>: Send + Sized + 'static {
    /// The endpoint `name`, answered by `engine`.
    fn spec(name: EndpointName, engine: Arc<dyn AsyncEngine<Context<Self>, Out>>) -> EndpointSpec;
}

/// A request that an endpoint can be called with, for responses of `Out`.
pub trait Call<Out>: Send + Sized + 'static {
    /// Calls `endpoint`.
    fn call(
        client: &Client,
        endpoint: EndpointName,
        request: Self,
        options: CallOptions,
    ) -> BoxFuture<'static, Result<Out, CallError>>;
}

/// A call that has its options and is not made yet.
pub trait Prepared: Send + 'static {
    /// What it gives.
    type Out: Send + 'static;

    /// Makes the call as the request of `cx` on its way on.
    fn make(self, cx: &Context) -> BoxFuture<'static, Result<Self::Out, CallError>>;
}

impl<Req: Payload, Resp: DeserializeOwned + Send + 'static> Prepared
    for crate::client::call::Call<Req, Resp>
{
    type Out = Resp;

    fn make(self, cx: &Context) -> BoxFuture<'static, Result<Resp, CallError>> {
        self.continuing(cx).into_future()
    }
}

impl<Req: Payload, Item: DeserializeOwned + Send + 'static> Prepared
    for crate::client::call::StreamCall<Req, Item>
{
    type Out = ManyOut<Item>;

    fn make(self, cx: &Context) -> BoxFuture<'static, Result<ManyOut<Item>, CallError>> {
        self.continuing(cx).into_future()
    }
}

// What is a response stream is never a single response: it implements neither `Serialize` nor `Deserialize`.
impl<Req: Decode, Resp: Encode> Serve<Resp> for Req {
    fn spec(name: EndpointName, engine: Arc<dyn AsyncEngine<Context<Self>, Resp>>) -> EndpointSpec {
        EndpointSpec::new(name, Box::new(UnaryWire(engine)), About::new::<Req, Resp>(false))
    }
}

impl<Req: Decode, Item: Encode> Serve<ManyOut<Item>> for Req {
    fn spec(name: EndpointName, engine: Arc<dyn AsyncEngine<Context<Self>, ManyOut<Item>>>) -> EndpointSpec {
        EndpointSpec::new(name, Box::new(StreamWire(engine)), About::new::<Req, Item>(true))
    }
}

impl<Req: Payload, Resp: DeserializeOwned + Send + 'static> Call<Resp> for Req {
    fn call(
        client: &Client,
        endpoint: EndpointName,
        request: Self,
        options: CallOptions,
    ) -> BoxFuture<'static, Result<Resp, CallError>> {
        client.call_named(endpoint, request).with(options).into_future()
    }
}

impl<Req: Payload, Item: DeserializeOwned + Send + 'static> Call<ManyOut<Item>> for Req {
    fn call(
        client: &Client,
        endpoint: EndpointName,
        request: Self,
        options: CallOptions,
    ) -> BoxFuture<'static, Result<ManyOut<Item>, CallError>> {
        client.stream_named(endpoint, request).with(options).into_future()
    }
}
