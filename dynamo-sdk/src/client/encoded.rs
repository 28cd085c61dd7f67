//! The request side of a call: a single request or a stream of requests.

use std::any::type_name;
use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::address::ids::EndpointId;
use crate::engine::requests::RequestStream;
use crate::error::call::CallError;
use crate::error::chain::chain;
use crate::error::transport::TransportError;
use crate::transport::request::RequestBody;
use crate::transport::request::source::RequestSource;
use crate::wire::codec::Codec;

/// A request type: any value that implements `serde::Serialize`, or a [`RequestStream`] of such values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a request",
    label = "this type needs `serde::Serialize`",
    note = "add `#[derive(serde::Serialize)]` to it; it must also be `Send` and own its data"
)]
pub trait Payload: Send + 'static {
    #[doc(hidden)]
    fn outbound(self, endpoint: &EndpointId) -> EncodedRequest;
}

/// A response type: any value that implements `serde::Deserialize` and owns its data.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be received as a response",
    label = "this type needs `serde::Deserialize`",
    note = "add `#[derive(serde::Deserialize)]` to it; it must also be `Send` and own its data"
)]
pub trait Decoded: DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> Decoded for T {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + 'static> Payload for T {
    fn outbound(self, endpoint: &EndpointId) -> EncodedRequest {
        let request = Box::new(self);
        EncodedRequest(RequestKind::One(EncodedOnce {
            request,
            endpoint: endpoint.clone(),
            encoded: Vec::new(),
        }))
    }
}

impl<T: Serialize + Send + 'static> Payload for RequestStream<T> {
    fn outbound(self, endpoint: &EndpointId) -> EncodedRequest {
        EncodedRequest(RequestKind::Many(RequestSource::new(self, endpoint)))
    }
}

/// A request that can be encoded in any codec.
#[derive(Debug)]
pub struct EncodedRequest(RequestKind);

#[derive(Debug)]
enum RequestKind {
    One(EncodedOnce),
    Many(RequestSource),
}

/// A single request, encoded at most once per codec.
struct EncodedOnce {
    request: Box<dyn Encoding>,
    endpoint: EndpointId,
    encoded: Vec<(Codec, Bytes)>,
}

impl fmt::Debug for EncodedOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedOnce").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// A value with its type erased.
trait Encoding: Send {
    fn encode(&self, codec: Codec) -> Result<Bytes, String>;
}

impl<T: Serialize + Send> Encoding for T {
    fn encode(&self, codec: Codec) -> Result<Bytes, String> {
        codec.encode(self).map_err(|source| format!("{} as {codec}: {}", type_name::<T>(), chain(&source)))
    }
}

impl EncodedRequest {
    /// Returns the request body in `codec`.
    pub(crate) fn in_codec(&mut self, codec: Codec) -> Result<RequestBody, CallError> {
        let one = match &mut self.0 {
            RequestKind::Many(supply) => return Ok(RequestBody::Many(supply.clone())),
            RequestKind::One(one) => one,
        };
        if let Some((_, body)) = one.encoded.iter().find(|(known, _)| *known == codec) {
            return Ok(RequestBody::One(body.clone()));
        }
        let body =
            one.request.encode(codec).map_err(|source| TransportError::encode(source).of(&one.endpoint))?;
        one.encoded.push((codec, body.clone()));
        Ok(RequestBody::One(body))
    }

    /// Returns whether the request can still be resent in full to another instance.
    pub(crate) fn is_whole(&self) -> bool {
        self.supply().is_none_or(RequestSource::is_untouched)
    }

    /// Returns the error to report: a fault of the request stream takes precedence over `error`.
    pub(crate) fn failed(&self, error: CallError) -> CallError {
        self.supply().and_then(RequestSource::take_fault).unwrap_or(error)
    }

    /// Returns the request stream, if the request is one.
    pub(crate) fn supply(&self) -> Option<&RequestSource> {
        match &self.0 {
            RequestKind::One(_) => None,
            RequestKind::Many(supply) => Some(supply),
        }
    }
}
