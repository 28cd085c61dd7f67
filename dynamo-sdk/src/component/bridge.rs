//! Engines of the four call shapes at both ends of a connection. Sealed: the wire format fixes the shapes.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;

use crate::address::names::EndpointName;
use crate::client::encoded::Payload;
use crate::client::handle::Client;
use crate::client::options::CallOptions;
use crate::engine::context::Context;
use crate::engine::{AsyncEngine, ManyOut};
use crate::error::call::CallError;
use crate::service::bounds::{Decode, Encode};
use crate::service::endpoint_info::EndpointInfo;
use crate::service::erased::{ErasedStream, ErasedUnary};
use crate::service::spec::EndpointSpec;

/// A request type of endpoints with responses of `Out`, on the server side.
pub trait ServeWith<Out>: Send + Sized + 'static {
    /// Builds the endpoint `name`, served by `engine`.
    fn spec(name: EndpointName, engine: Arc<dyn AsyncEngine<Context<Self>, Out>>) -> EndpointSpec;
}

/// A request type of calls with responses of `Out`, on the client side.
pub trait CallWith<Out>: Send + Sized + 'static {
    /// Calls `endpoint`.
    fn call(
        client: &Client,
        endpoint: EndpointName,
        request: Self,
        options: CallOptions,
    ) -> BoxFuture<'static, Result<Out, CallError>>;
}

/// A prepared call, not sent yet.
pub trait MakeCall: Send + 'static {
    /// The response.
    type Out: Send + 'static;

    /// Sends the call as a continuation of the request of `cx`.
    fn make(self, cx: &Context) -> BoxFuture<'static, Result<Self::Out, CallError>>;
}

impl<Req: Payload, Resp: DeserializeOwned + Send + 'static> MakeCall
    for crate::client::call::Call<Req, Resp>
{
    type Out = Resp;

    fn make(self, cx: &Context) -> BoxFuture<'static, Result<Resp, CallError>> {
        self.continuing(cx).boxed()
    }
}

impl<Req: Payload, Item: DeserializeOwned + Send + 'static> MakeCall
    for crate::client::call::StreamCall<Req, Item>
{
    type Out = ManyOut<Item>;

    fn make(self, cx: &Context) -> BoxFuture<'static, Result<ManyOut<Item>, CallError>> {
        self.continuing(cx).boxed()
    }
}

// These impls do not overlap: a response stream implements neither `Serialize` nor `Deserialize`.
impl<Req: Decode, Resp: Encode> ServeWith<Resp> for Req {
    fn spec(name: EndpointName, engine: Arc<dyn AsyncEngine<Context<Self>, Resp>>) -> EndpointSpec {
        EndpointSpec::new(name, Box::new(ErasedUnary(engine)), EndpointInfo::new::<Req, Resp>(false))
    }
}

impl<Req: Decode, Item: Encode> ServeWith<ManyOut<Item>> for Req {
    fn spec(name: EndpointName, engine: Arc<dyn AsyncEngine<Context<Self>, ManyOut<Item>>>) -> EndpointSpec {
        EndpointSpec::new(name, Box::new(ErasedStream(engine)), EndpointInfo::new::<Req, Item>(true))
    }
}

impl<Req: Payload, Resp: DeserializeOwned + Send + 'static> CallWith<Resp> for Req {
    fn call(
        client: &Client,
        endpoint: EndpointName,
        request: Self,
        options: CallOptions,
    ) -> BoxFuture<'static, Result<Resp, CallError>> {
        client.call_named(endpoint, request).with(options).boxed()
    }
}

impl<Req: Payload, Item: DeserializeOwned + Send + 'static> CallWith<ManyOut<Item>> for Req {
    fn call(
        client: &Client,
        endpoint: EndpointName,
        request: Self,
        options: CallOptions,
    ) -> BoxFuture<'static, Result<ManyOut<Item>, CallError>> {
        client.stream_named(endpoint, request).with(options).boxed()
    }
}
