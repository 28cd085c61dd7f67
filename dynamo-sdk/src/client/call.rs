//! One call: its builder, and the single response or the stream that awaiting it gives.

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
use crate::client::handle::{Client, Target};
use crate::client::options::{CallOptions, Parent};
use crate::engine::context::Context;
use crate::engine::context::child::ChildContext;
use crate::engine::stream::ResponseStream;
use crate::engine::trace::Trace;
use crate::error::call::CallError;
use crate::error::cancel::CancelCause;

/// A call of an endpoint that gives one response. Await it.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<Req, Resp> {
    prepared: PreparedCall<Req>,
    response: PhantomData<fn() -> Resp>,
}

/// A call of an endpoint that gives a stream of responses. Awaiting it gives the stream, once the handler has started.
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

            /// The call is the request of `cx` on its way on.
            pub(crate) fn continuing(mut self, cx: &Context) -> Self {
                self.prepared.options = self.prepared.options.continuing(cx);
                self
            }

            /// Ends the whole call after `timeout`, including its last item. The handler, and the calls it makes, know of
            /// it and are killed then.
            pub fn timeout(mut self, timeout: Duration) -> Self {
                self.prepared.options.timeout = Some(timeout);
                self
            }

            /// Instead of `DYN_SDK_FIRST_ITEM_TIMEOUT_SECS`; zero is off. While a call waits for its own next request, neither
            /// this nor the limit of silence runs.
            pub fn first_item_timeout(mut self, limit: Duration) -> Self {
                self.prepared.options.first_item = Some(limit);
                self
            }

            /// Instead of `DYN_HTTP_BACKEND_STREAM_TIMEOUT_SECS`, the silence between two items; zero is off.
            pub fn idle_timeout(mut self, limit: Duration) -> Self {
                self.prepared.options.silence = Some(limit);
                self
            }

            /// Calls this instance and no other.
            pub fn instance(mut self, instance: InstanceId) -> Self {
                self.prepared.options.to = Some(instance);
                self
            }

            /// Says that the endpoint may run more than once for this call: before its first item it is also sent to another
            /// instance when the first one was lost ([`CallError::ConnectionLost`]), did not acknowledge in time, or answered
            /// that it is unavailable. Never after the first item, and to at most `DYN_SDK_MAX_ATTEMPTS` instances. A stream
            /// is there once its first item or its end is.
            pub fn idempotent(mut self) -> Self {
                self.prepared.options.idempotent = true;
                self
            }

            /// Adds an entry to what the handler finds in [`Context::metadata`], which is limited, what it inherits included:
            /// see [`CallError::MetadataTooLarge`].
            pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
                self.prepared.options.child.metadata.insert(key.into(), value.into());
                self
            }

            /// Sets the id of the request, which both sides see; random otherwise.
            pub fn request_id(mut self, id: impl Into<String>) -> Self {
                self.prepared.options.child.id = Some(id.into());
                self
            }

            /// Sets the trace of the call; what it leaves open is inherited. One that is not valid by W3C is
            /// [`CallError::InvalidCall`], and nothing is sent.
            pub fn trace(mut self, trace: Trace) -> Self {
                self.prepared.options.child.trace = trace;
                self
            }

            /// Makes the call on behalf of this request. Calls inside a handler do so by themselves.
            pub fn context<T>(mut self, cx: &Context<T>) -> Self {
                self.prepared.options.parent = Parent::Given(cx.child(ChildContext::default()));
                self
            }

            /// Makes the call on nobody's behalf, also inside a handler.
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
    /// Prepares a call of an endpoint that gives one response. A [`RequestStream`](crate::engine::requests::RequestStream) as request is a
    /// stream of requests.
    ///
    /// # Panics
    /// If `endpoint` is not a valid name. The macros check it when compiling.
    pub fn call<Req, Resp>(&self, endpoint: &'static str, request: Req) -> Call<Req, Resp> {
        Call::new(self.clone(), self.target(EndpointName::from_static(endpoint)), request)
    }

    /// Prepares a call of an endpoint that gives a stream of responses; the request is as for [`call`](Self::call).
    ///
    /// # Panics
    /// If `endpoint` is not a valid name. The macros check it when compiling.
    pub fn stream<Req, Resp>(&self, endpoint: &'static str, request: Req) -> StreamCall<Req, Resp> {
        StreamCall::new(self.clone(), self.target(EndpointName::from_static(endpoint)), request)
    }

    /// The same as [`call`](Self::call) for a name that is only known at run time.
    pub fn call_named<Req, Resp>(&self, endpoint: EndpointName, request: Req) -> Call<Req, Resp> {
        Call::new(self.clone(), self.target(endpoint), request)
    }

    /// The same as [`stream`](Self::stream) for a name that is only known at run time.
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
            let broken = |what: &str| CallError::Protocol {
                endpoint: endpoint.clone(),
                instance,
                what: what.to_owned(),
            };
            let response = match items.next().await {
                Some(item) => item?,
                None if items.context().is_stopped() => {
                    let cause = items.context().cause().unwrap_or(CancelCause::Requested);
                    return Err(CallError::Cancelled { endpoint, cause });
                }
                None => return Err(broken("a stream without items instead of one response")),
            };
            // The response counts only with its end mark: an error may follow it.
            match items.next().await {
                None => Ok(response),
                Some(Err(error)) => Err(error),
                Some(Ok(_)) => Err(broken("several items instead of one response")),
            }
        }
        .boxed()
    }
}
