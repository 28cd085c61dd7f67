//! The ways a request and its response travel. Planes do not know each other, nor discovery.
//!
//! What a plane promises, whatever it is made of:
//!
//! 1. `call` returns once the instance has said that the handler started, or why it did not.
//! 2. Items arrive in order, none twice. The end is told apart from a loss: only [`ResponseBody::poll_body`] returning `None`
//!    after a final item is a complete response.
//! 3. Dropping the call, or the items, kills the handler. Stopping the context of the call asks the handler to finish.
//! 4. A request that is too large is refused before anything of it is sent.
//! 5. An error says whether the handler may have run.
//! 6. A stream of requests is asked for nothing before an instance has accepted the call, and then only as fast as the
//!    handler reads, while somebody waits for the response. Its end leaves the response alone; a stop is such an end.

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
use crate::error::call::CallError;
use crate::service::endpoint::Service;
use crate::transport::request::source::RequestSource;
use crate::wire::instance::{Instance, Transport};

/// One call, encoded for the instance it goes to.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) target: Arc<Instance>,
    pub(crate) cx: Context,
    pub(crate) input: RequestBody,
    /// From the acknowledgement to the first item; `None` is for ever.
    pub(crate) first_item: Option<std::time::Duration>,
}

/// The request of a call.
#[derive(Clone, Debug)]
pub(crate) enum RequestBody {
    /// One, in the codec of the instance.
    One(Bytes),
    /// A stream, which the plane opens once the instance has accepted the call.
    Many(RequestSource),
}

impl RequestBody {
    /// The stream, if it is one.
    pub(crate) fn supply(&self) -> Option<&RequestSource> {
        match self {
            Self::One(_) => None,
            Self::Many(supply) => Some(supply),
        }
    }
}

/// The response of a call that has started.
pub(crate) struct Response {
    pub(crate) bodies: Box<dyn ResponseBody>,
    /// When the instance acknowledged the request: the limit of the first item counts from here.
    pub(crate) acknowledged: Instant,
}

/// The encoded items of a response. Dropping it before its end kills the handler.
pub(crate) trait ResponseBody: Send {
    /// The next wrapped item (docs/wire/payloads.md#item-wrapper). `None` without a final item before it
    /// happens only after a stop.
    fn poll_body(&mut self, task: &mut Task<'_>) -> Poll<Option<Result<Bytes, CallError>>>;

    /// Tells that the final item has been seen: what follows is the end, and no loss.
    fn complete(&mut self);
}

/// A way to reach instances, and to be one.
#[async_trait]
pub(crate) trait RequestTransport: fmt::Debug + Send + Sync + 'static {
    /// Makes an endpoint reachable for everybody who knows the transport that this returns.
    async fn open(&self, served: &Arc<Service>) -> Result<Transport>;

    /// Ends what `open` began. Calls in flight go on.
    async fn close(&self, served: &Arc<Service>);

    /// Sends a request and waits until the handler has started.
    async fn call(&self, call: Request) -> Result<Response, CallError>;

    /// Returns the number of calls that wait for their instance: for an acknowledgement, a reply or a response
    /// connection.
    fn pending(&self) -> usize {
        0
    }

    /// Closes listeners and connections. Bounded in time.
    async fn shutdown(&self);
}
