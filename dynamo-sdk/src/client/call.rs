//! One call: its builder, and the single response or stream that it resolves to.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};

use crate::address::ids::{EndpointId, InstanceId};
use crate::address::names::EndpointName;
use crate::client::attempts::PreparedCall;
use crate::client::encoded::{Decoded, Payload};
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
///
/// # Cancel safety
/// Dropping it once it was polled cancels the call.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<Req, Resp> {
    progress: Progress<Req, Resp>,
}

/// How far a call has come: not polled yet, so that its options can be set, or started.
enum Progress<Req, Out> {
    Prepared(PreparedCall<Req>),
    Started {
        endpoint: EndpointId,
        future: BoxFuture<'static, Result<Out, CallError>>,
    },
    /// Only while it is polled for the first time.
    Starting,
}

/// A call to an endpoint with a response stream. Resolves to the stream once the handler has started.
#[must_use = "a call does nothing until it is awaited"]
pub struct StreamCall<Req, Resp> {
    progress: Progress<Req, ResponseStream<Resp>>,
}

// Nothing is pinned: a prepared call is moved into the box of its future.
impl<Req, Resp> Unpin for Call<Req, Resp> {}
impl<Req, Resp> Unpin for StreamCall<Req, Resp> {}

impl<Req, Out> Progress<Req, Out> {
    /// Polls the call, which `start` makes of the prepared one at the first poll.
    fn poll(
        &mut self,
        task: &mut Task<'_>,
        start: impl FnOnce(PreparedCall<Req>) -> BoxFuture<'static, Result<Out, CallError>>,
    ) -> Poll<Result<Out, CallError>> {
        if let Self::Prepared(_) = self
            && let Self::Prepared(prepared) = std::mem::replace(self, Self::Starting)
        {
            let endpoint = prepared.target.endpoint.clone();
            *self = Self::Started { endpoint, future: start(prepared) };
        }
        match self {
            Self::Started { future, .. } => future.as_mut().poll(task),
            Self::Prepared(_) | Self::Starting => Poll::Pending,
        }
    }
}

macro_rules! options {
    ($type:ident) => {
        impl<Req, Resp> $type<Req, Resp> {
            pub(crate) fn new(client: Client, target: Arc<Target>, request: Req) -> Self {
                let prepared = PreparedCall { client, target, request, options: CallOptions::default() };
                Self { progress: Progress::Prepared(prepared) }
            }

            pub(crate) fn with(self, options: CallOptions) -> Self {
                self.set(|set| *set = options)
            }

            /// Changes the options, which are fixed once the call was polled.
            fn set(mut self, change: impl FnOnce(&mut CallOptions)) -> Self {
                if let Progress::Prepared(prepared) = &mut self.progress {
                    change(&mut prepared.options);
                }
                self
            }

            /// Makes this call a continuation of the request of `cx`.
            pub(crate) fn continuing(self, cx: &Context) -> Self {
                self.set(|set| *set = std::mem::take(set).continuing(cx))
            }

            /// Sets the deadline of the whole call, last item included. It propagates to the handler and its
            /// downstream calls, which are killed when it passes.
            pub fn timeout(self, timeout: Duration) -> Self {
                self.set(|set| set.timeout = Some(timeout))
            }

            /// Overrides `DYN_SDK_FIRST_ITEM_TIMEOUT_SECS` for this call. Zero disables the limit. Neither
            /// this nor the idle timeout runs while the call waits for the next item of its own request
            /// stream.
            pub fn first_item_timeout(self, limit: Duration) -> Self {
                self.set(|set| set.first_item = Some(limit))
            }

            /// Overrides `DYN_HTTP_BACKEND_STREAM_TIMEOUT_SECS`, the maximum gap between two items, for this
            /// call. Zero disables the limit.
            pub fn idle_timeout(self, limit: Duration) -> Self {
                self.set(|set| set.silence = Some(limit))
            }

            /// Sends the call to this instance only.
            pub fn instance(self, instance: InstanceId) -> Self {
                self.set(|set| set.to = Some(instance))
            }

            /// Marks the call as idempotent. Until the first item arrives it is retried on another instance
            /// if the connection is lost ([`ConnectionLost`](CallErrorKind::ConnectionLost)), the acknowledgement times out, or
            /// the endpoint reports `Unavailable`. It is never retried after the first item, and sent to at
            /// most `DYN_SDK_MAX_ATTEMPTS` instances. A stream resolves only with its first item or its end.
            pub fn idempotent(self) -> Self {
                self.set(|set| set.idempotent = true)
            }

            /// Adds an entry to the metadata that the handler reads from [`Context::metadata`]. The total
            /// size, inherited entries included, is limited: see [`CallErrorKind::MetadataTooLarge`].
            pub fn metadata(self, key: impl Into<String>, value: impl Into<String>) -> Self {
                self.set(|set| drop(set.child.metadata.insert(key.into(), value.into())))
            }

            /// Sets the request id, which both sides see. Random by default.
            pub fn request_id(self, id: impl Into<String>) -> Self {
                self.set(|set| set.child.id = Some(id.into()))
            }

            /// Sets the trace context of the call; fields left unset are inherited. A trace that violates
            /// W3C Trace Context fails the call with [`CallErrorKind::InvalidCall`] before anything is sent.
            pub fn trace(self, trace: Trace) -> Self {
                self.set(|set| set.child.trace = trace)
            }

            /// Makes the call a child of this request. Calls made inside a handler already are children of
            /// its request.
            pub fn context<T>(self, cx: &Context<T>) -> Self {
                self.set(|set| set.parent = Parent::Given(cx.child(ChildContext::default())))
            }

            /// Detaches the call from the current request, also inside a handler.
            pub fn detached(self) -> Self {
                self.set(|set| set.parent = Parent::None)
            }
        }

        impl<Req: fmt::Debug, Resp> fmt::Debug for $type<Req, Resp> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = f.debug_struct(stringify!($type));
                match &self.progress {
                    Progress::Prepared(PreparedCall { target, request, options, .. }) => shown
                        .field("endpoint", &target.endpoint)
                        .field("request", request)
                        .field("options", options)
                        .finish(),
                    Progress::Started { endpoint, .. } => {
                        shown.field("endpoint", endpoint).finish_non_exhaustive()
                    }
                    Progress::Starting => shown.finish_non_exhaustive(),
                }
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

impl<Req, Resp> Future for StreamCall<Req, Resp>
where
    Req: Payload,
    Resp: Decoded,
{
    type Output = Result<ResponseStream<Resp>, CallError>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        self.progress.poll(task, |prepared| prepared.start().boxed())
    }
}

impl<Req, Resp> Future for Call<Req, Resp>
where
    Req: Payload,
    Resp: Decoded,
{
    type Output = Result<Resp, CallError>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        self.progress.poll(task, |prepared| single(prepared).boxed())
    }
}

/// Makes a call that has one response.
async fn single<Req: Payload, Resp: Decoded>(prepared: PreparedCall<Req>) -> Result<Resp, CallError> {
    let endpoint = prepared.target.endpoint.clone();
    let mut items = prepared.start::<Resp>().await?;
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
