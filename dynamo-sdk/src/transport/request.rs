//! Request planes: the transports of requests and responses. Planes know neither each other nor discovery.
//!
//! Every plane guarantees:
//!
//! 1. `call` returns once the instance reports that the handler has started, or why it has not.
//! 2. Items arrive in order and at most once. A response is complete only if [`ResponseBody::poll_body`]
//!    returns `None` after a final item; anything else is a lost response.
//! 3. Dropping the call or its items kills the handler. Stopping the context of the call asks the handler to
//!    finish.
//! 4. An oversized request is rejected before any part of it is sent.
//! 5. An error states whether the handler may have run.
//! 6. A stream of requests is polled only after an instance has accepted the call, at the pace of the
//!    handler, and while the response is polled. Its end does not affect the response; a stop counts as such
//!    an end.

pub(crate) mod memory;
pub(crate) mod source;
#[cfg(feature = "tcp")]
pub(crate) mod tcp;

use std::fmt;
use std::sync::Arc;
use std::task::{Context as Task, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;

use crate::engine::context::Context;
use crate::error::Result;
use crate::error::transport::TransportError;
use crate::service::endpoint::Service;
use crate::transport::request::source::RequestSource;
use crate::wire::instance::{Instance, Transport};

/// A call, encoded for its target instance.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) target: Arc<Instance>,
    pub(crate) cx: Context,
    pub(crate) input: RequestBody,
    /// Limit from the acknowledgement to the first item; `None` is unlimited.
    pub(crate) first_item: Option<std::time::Duration>,
}

/// The request of a call.
#[derive(Clone, Debug)]
pub(crate) enum RequestBody {
    /// A single request, encoded with the codec of the instance.
    One(Bytes),
    /// A stream of requests, which the plane opens once the instance has accepted the call.
    Many(RequestSource),
}

impl RequestBody {
    /// Returns the stream of requests, if it is one.
    pub(crate) fn supply(&self) -> Option<&RequestSource> {
        match self {
            Self::One(_) => None,
            Self::Many(supply) => Some(supply),
        }
    }
}

/// The response of a call whose handler has started.
pub(crate) struct Response {
    pub(crate) bodies: Box<dyn ResponseBody>,
    /// When the instance acknowledged the request. The limit for the first item starts here.
    pub(crate) acknowledged: Instant,
}

/// The encoded items of a response. Dropping it before its end kills the handler.
pub(crate) trait ResponseBody: Send {
    /// Polls the next wrapped item (docs/wire/payloads.md#item-wrapper). Returns `None` without a preceding
    /// final item only after a stop.
    fn poll_body(&mut self, task: &mut Task<'_>) -> Poll<Option<Result<Bytes, TransportError>>>;

    /// Marks the final item as seen: if the connection ends now, the response is complete, not lost.
    fn complete(&mut self);
}

/// A request plane: calls instances and makes endpoints callable.
#[async_trait]
pub(crate) trait RequestTransport: fmt::Debug + Send + Sync + 'static {
    /// Returns the name of the transport that this plane calls, as records have it.
    fn speaks(&self) -> &'static str;

    /// Makes an endpoint callable at the returned transport address.
    async fn open(&self, served: &Arc<Service>) -> Result<Transport>;

    /// Reverts `open`. Calls in flight continue.
    async fn close(&self, served: &Arc<Service>);

    /// Sends a request and waits until the handler has started.
    async fn call(&self, call: Request) -> Result<Response, TransportError>;

    /// Returns the number of calls that wait for their instance: for an acknowledgement, a reply or a response
    /// connection.
    fn pending(&self) -> usize {
        0
    }

    /// Closes listeners and connections in bounded time.
    async fn shutdown(&self);
}
