//! One call: its builder, and the single response or stream that it resolves to.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use serde::de::DeserializeOwned;

use crate::address::ids::InstanceId;
use crate::address::names::EndpointName;
use crate::client::attempts::PreparedCall;
use crate::client::encoded::Payload;
use crate::client::handle::Client;
use crate::client::options::{CallOptions, Parent};
use crate::client::target::Target;
use crate::engine::context::Context;
use crate::engine::context::child::ChildContext;
use crate::engine::stream::ResponseStream;
use crate::engine::trace::Trace;
use crate::error::call::CallError;
#[cfg(doc)]
use crate::error::call::kind::CallErrorKind;
use crate::error::transport::TransportError;

/// A call to an endpoint with a single response. Await it to send the request.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<Req, Resp> {
    prepared: PreparedCall<Req>,
    response: PhantomData<fn() -> Resp>,
}

/// A call to an endpoint with a response stream. Resolves to the stream once the handler has started.
#[must_use = "a call does nothing until it is awaited"]
pub struct StreamCall<Req, Resp> {
    prepared: PreparedCall<Req>,
    response: PhantomData<fn() -> Resp>,
}

macro_rules! options {
    ($type:ident) => {
        impl<Req, Resp> $type<Req, Resp> {
            pub(crate) fn new(client: Client, target: Arc<Target>, request: Req) -> Self {
                let prepared = PreparedCall { client, target, request, options: CallOptions::default() };
                Self { prepared, response: PhantomData }
            }

            pub(crate) fn with(mut self, options: CallOptions) -> Self {
                self.prepared.options = options;
                self
            }

            /// Makes this call a continuation of the request of `cx`.
            pub(crate) fn continuing(mut self, cx: &Context) -> Self {
                self.prepared.options = self.prepared.options.continuing(cx);
                self
            }

            /// Sets the deadline of the whole call, last item included. It propagates to the handler and its
            /// downstream calls, which are killed when it passes.
            pub fn timeout(mut self, timeout: Duration) -> Self {
                self.prepared.options.timeout = Some(timeout);
                self
            }

            /// Overrides `DYN_SDK_FIRST_ITEM_TIMEOUT_SECS` for this call. Zero disables the limit. Neither
            /// this nor the idle timeout runs while the call waits for the next item of its own request
            /// stream.
            pub fn first_item_timeout(mut self, limit: Duration) -> Self {
                self.prepared.options.first_item = Some(limit);
                self
            }

            /// Overrides `DYN_HTTP_BACKEND_STREAM_TIMEOUT_SECS`, the maximum gap between two items, for this
            /// call. Zero disables the limit.
            pub fn idle_timeout(mut self, limit: Duration) -> Self {
                self.prepared.options.silence = Some(limit);
                self
            }

            /// Sends the call to this instance only.
            pub fn instance(mut self, instance: InstanceId) -> Self {
                self.prepared.options.to = Some(instance);
                self
            }

            /// Marks the call as idempotent. Until the first item arrives it is retried on another instance
            /// if the connection is lost ([`ConnectionLost`](CallErrorKind::ConnectionLost)), the acknowledgement times out, or
            /// the endpoint reports `Unavailable`. It is never retried after the first item, and sent to at
            /// most `DYN_SDK_MAX_ATTEMPTS` instances. A stream resolves only with its first item or its end.
            pub fn idempotent(mut self) -> Self {
                self.prepared.options.idempotent = true;
                self
            }

            /// Adds an entry to the metadata that the handler reads from [`Context::metadata`]. The total
            /// size, inherited entries included, is limited: see [`CallErrorKind::MetadataTooLarge`].
            pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
                self.prepared.options.child.metadata.insert(key.into(), value.into());
                self
            }

            /// Sets the request id, which both sides see. Random by default.
            pub fn request_id(mut self, id: impl Into<String>) -> Self {
                self.prepared.options.child.id = Some(id.into());
                self
            }

            /// Sets the trace context of the call; fields left unset are inherited. A trace that violates
            /// W3C Trace Context fails the call with [`CallErrorKind::InvalidCall`] before anything is sent.
            pub fn trace(mut self, trace: Trace) -> Self {
                self.prepared.options.child.trace = trace;
                self
            }

            /// Makes the call a child of this request. Calls made inside a handler already are children of
            /// its request.
            pub fn context<T>(mut self, cx: &Context<T>) -> Self {
                self.prepared.options.parent = Parent::Given(cx.child(ChildContext::default()));
                self
            }

            /// Detaches the call from the current request, also inside a handler.
            pub fn detached(mut self) -> Self {
                self.prepared.options.parent = Parent::None;
                self
            }
        }

        impl<Req: fmt::Debug, Resp> fmt::Debug for $type<Req, Resp> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type))
                    .field("endpoint", &self.prepared.target.endpoint)
                    .field("request", &self.prepared.request)
                    .field("options", &self.prepared.options)
                    .finish()
            }
        }
    };
}
options!(Call);
options!(StreamCall);

impl Client {
    /// Prepares a call to an endpoint with a single response. Pass a
    /// [`RequestStream`](crate::engine::requests::RequestStream) as the request to stream requests.
    ///
    /// # Panics
    /// If `endpoint` is not a valid name. Generated clients check it at compile time.
    pub fn call<Req, Resp>(&self, endpoint: &'static str, request: Req) -> Call<Req, Resp> {
        Call::new(self.clone(), self.target(EndpointName::from_static(endpoint)), request)
    }

    /// Prepares a call to an endpoint with a response stream. Requests are as for [`call`](Self::call).
    ///
    /// # Panics
    /// If `endpoint` is not a valid name. Generated clients check it at compile time.
    pub fn stream<Req, Resp>(&self, endpoint: &'static str, request: Req) -> StreamCall<Req, Resp> {
        StreamCall::new(self.clone(), self.target(EndpointName::from_static(endpoint)), request)
    }

    /// Like [`call`](Self::call), for a name known only at run time.
    pub fn call_named<Req, Resp>(&self, endpoint: EndpointName, request: Req) -> Call<Req, Resp> {
        Call::new(self.clone(), self.target(endpoint), request)
    }

    /// Like [`stream`](Self::stream), for a name known only at run time.
    pub fn stream_named<Req, Resp>(&self, endpoint: EndpointName, request: Req) -> StreamCall<Req, Resp> {
        StreamCall::new(self.clone(), self.target(endpoint), request)
    }
}

impl<Req, Resp> IntoFuture for StreamCall<Req, Resp>
where
    Req: Payload,
    Resp: DeserializeOwned + Send + 'static,
{
    type Output = Result<ResponseStream<Resp>, CallError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.prepared.start().boxed()
    }
}

impl<Req, Resp> IntoFuture for Call<Req, Resp>
where
    Req: Payload,
    Resp: DeserializeOwned + Send + 'static,
{
    type Output = Result<Resp, CallError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let endpoint = self.prepared.target.endpoint.clone();
        async move {
            let mut items = self.prepared.start::<Resp>().await?;
            let instance = items.instance().unwrap_or(InstanceId(0));
            let broken = |what: &str| TransportError::protocol(what).at(&endpoint, instance);
            let response = match items.next().await {
                Some(item) => item?,
                None if items.context().is_stopped() => {
                    let cancelled = TransportError::cancelled(items.context().cause());
                    return Err(cancelled.at(&endpoint, instance));
                }
                None => return Err(broken("expected one response, got an empty stream")),
            };
            // Read on to the end of the stream: an error may follow the item.
            match items.next().await {
                None => Ok(response),
                Some(Err(error)) => Err(error),
                Some(Ok(_)) => Err(broken("expected one response, got several items")),
            }
        }
        .boxed()
    }
}
