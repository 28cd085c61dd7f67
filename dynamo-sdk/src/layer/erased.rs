//! The encoded request and response that layers see.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::address::ids::{EndpointId, InstanceId};
use crate::engine::context::Context;
use crate::error::transport::TransportError;
use crate::service::erased::{EncodedItems, ErasedEngine};
use crate::service::input::RequestInput;
use crate::transport::request::{Request, RequestBody, Response};
use crate::wire::codec::Codec;

/// An encoded request, as layers see it.
pub struct ErasedRequest {
    pub(super) endpoint: EndpointId,
    pub(super) instance: InstanceId,
    pub(super) codec: Codec,
    pub(super) rest: RequestRest,
}

/// The continuation of a request below the layers.
pub(super) enum RequestRest {
    /// Runs the handler.
    Service(ServiceRequest),
    /// Sends to the instance.
    Client(ClientRequest),
}

/// Sends a request that passed the layers.
pub(super) type Sender =
    Box<dyn FnOnce(Request) -> BoxFuture<'static, Result<Response, TransportError>> + Send>;

/// A client request below the layers, to be sent to an instance.
pub(super) struct ClientRequest {
    pub(super) call: Request,
    pub(super) send: Sender,
}

/// A server request below the layers, to be handled.
pub(super) struct ServiceRequest {
    pub(super) engine: Arc<dyn ErasedEngine>,
    pub(super) cx: Context,
    pub(super) codec: Codec,
    pub(super) input: RequestInput,
}

impl ErasedRequest {
    /// Returns the endpoint that is called.
    #[must_use]
    pub fn endpoint(&self) -> &EndpointId {
        &self.endpoint
    }

    /// Returns the instance that handles the request.
    #[must_use]
    pub fn instance(&self) -> InstanceId {
        self.instance
    }

    /// Returns the codec of the body.
    #[must_use]
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Returns the encoded request, or `None` for a stream of requests.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        match &self.rest {
            RequestRest::Service(ServiceRequest { input: RequestInput::One(body), .. }) => Some(body),
            RequestRest::Client(ClientRequest { call, .. }) => match &call.input {
                RequestBody::One(body) => Some(body),
                RequestBody::Many(_) => None,
            },
            RequestRest::Service(_) => None,
        }
    }
}

impl fmt::Debug for ErasedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErasedRequest")
            .field("endpoint", &self.endpoint)
            .field("instance", &self.instance)
            .field("codec", &self.codec)
            .field("bytes", &self.body().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

/// An encoded response, as layers see it. Dropping it cancels the request.
pub struct ErasedResponse(pub(super) ResponseRest);

pub(super) enum ResponseRest {
    Service(Box<dyn EncodedItems>),
    Client(Response),
}

impl fmt::Debug for ErasedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErasedResponse").finish_non_exhaustive()
    }
}
