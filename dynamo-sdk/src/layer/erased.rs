//! The request and the response that layers see.

use std::fmt;

use bytes::Bytes;

use crate::address::ids::{EndpointId, InstanceId};
use crate::layer::client::ClientRequest;
use crate::layer::service::ServiceRequest;
use crate::service::erased::EncodedItems;
use crate::service::input::RequestInput;
use crate::transport::request::{RequestBody, Response};
use crate::wire::codec::Codec;

/// A request on its way through layers.
pub struct ErasedRequest {
    pub(super) endpoint: EndpointId,
    pub(super) instance: InstanceId,
    pub(super) codec: Codec,
    pub(super) rest: RequestRest,
}

/// How the request goes on behind the layers.
pub(super) enum RequestRest {
    /// To the handler.
    Service(ServiceRequest),
    /// To the instance.
    Client(ClientRequest),
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

/// A response on its way through layers. Dropping it cancels the request.
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
