//! What a call sends: one request, or a stream of them.

use std::any::type_name;
use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use crate::address::ids::EndpointId;
use crate::engine::requests::RequestStream;
use crate::error::call::CallError;
use crate::error::endpoint::chain;
use crate::transport::request::RequestBody;
use crate::transport::request::source::RequestSource;
use crate::wire::codec::Codec;

/// What a call can send: a value that implements `serde::Serialize`, or a [`RequestStream`] of such values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a request",
    label = "this type needs `serde::Serialize`",
    note = "add `#[derive(serde::Serialize)]` to it; it must also be `Send` and own its data"
)]
pub trait Payload: Send + 'static {
    #[doc(hidden)]
    fn outbound(self, endpoint: &EndpointId) -> EncodedRequest;
}

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

/// A request, ready for whatever codec an instance wants.
#[derive(Debug)]
pub struct EncodedRequest(RequestKind);

#[derive(Debug)]
enum RequestKind {
    One(EncodedOnce),
    Many(RequestSource),
}

/// One request, encoded once for each codec that is met.
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

/// A value whose type only it knows.
trait Encoding: Send {
    fn encode(&self, codec: Codec) -> Result<Bytes, String>;
}

impl<T: Serialize + Send> Encoding for T {
    fn encode(&self, codec: Codec) -> Result<Bytes, String> {
        codec.encode(self).map_err(|source| format!("{} as {codec}: {}", type_name::<T>(), chain(&source)))
    }
}

impl EncodedRequest {
    /// What to send to an instance that wants `codec`.
    pub(crate) fn in_codec(&mut self, codec: Codec) -> Result<RequestBody, CallError> {
        let one = match &mut self.0 {
            RequestKind::Many(supply) => return Ok(RequestBody::Many(supply.clone())),
            RequestKind::One(one) => one,
        };
        if let Some((_, body)) = one.encoded.iter().find(|(known, _)| *known == codec) {
            return Ok(RequestBody::One(body.clone()));
        }
        let body = one
            .request
            .encode(codec)
            .map_err(|source| CallError::Encode { endpoint: one.endpoint.clone(), source: source.into() })?;
        one.encoded.push((codec, body.clone()));
        Ok(RequestBody::One(body))
    }

    /// Whether all of it can be sent to another instance.
    pub(crate) fn is_whole(&self) -> bool {
        self.supply().is_none_or(RequestSource::is_untouched)
    }

    /// The error of the call: what is wrong with the requests, if that is why it failed.
    pub(crate) fn failed(&self, error: CallError) -> CallError {
        self.supply().and_then(RequestSource::take_fault).unwrap_or(error)
    }

    /// The stream of requests, if it is one.
    pub(crate) fn supply(&self) -> Option<&RequestSource> {
        match &self.0 {
            RequestKind::One(_) => None,
            RequestKind::Many(supply) => Some(supply),
        }
    }
}
