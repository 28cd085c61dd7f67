//! What a call sends: one request, or a stream of them.

use std::any::type_name;
use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use crate::address::ids::EndpointId;
use crate::engine::requests::RequestStream;
use crate::error::call::CallError;
use crate::error::endpoint::chain;
use crate::transport::request::Outgoing;
use crate::transport::request::source::Supply;
use crate::wire::codec::Codec;

/// What a call can send: a value that implements `serde::Serialize`, or a [`RequestStream`] of such values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a request",
    label = "this type needs `serde::Serialize`",
    note = "add `#[derive(serde::Serialize)]` to it; it must also be `Send` and own its data"
)]
pub trait Payload: Send + 'static {
    #[doc(hidden)]
    fn outbound(self, endpoint: &EndpointId) -> Outbound;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + 'static> Payload for T {
    fn outbound(self, endpoint: &EndpointId) -> Outbound {
        let request = Box::new(self);
        Outbound(Kind::One(One { request, endpoint: endpoint.clone(), encoded: Vec::new() }))
    }
}

impl<T: Serialize + Send + 'static> Payload for RequestStream<T> {
    fn outbound(self, endpoint: &EndpointId) -> Outbound {
        Outbound(Kind::Many(Supply::new(self, endpoint)))
    }
}

/// A request, ready for whatever codec an instance wants.
#[derive(Debug)]
pub struct Outbound(Kind);

#[derive(Debug)]
enum Kind {
    One(One),
    Many(Supply),
}

/// One request, encoded once for each codec that is met.
struct One {
    request: Box<dyn Encoding>,
    endpoint: EndpointId,
    encoded: Vec<(Codec, Bytes)>,
}

impl fmt::Debug for One {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("One").field("endpoint", &self.endpoint).finish_non_exhaustive()
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

impl Outbound {
    /// What to send to an instance that wants `codec`.
    pub(crate) fn in_codec(&mut self, codec: Codec) -> Result<Outgoing, CallError> {
        let one = match &mut self.0 {
            Kind::Many(supply) => return Ok(Outgoing::Many(supply.clone())),
            Kind::One(one) => one,
        };
        if let Some((_, body)) = one.encoded.iter().find(|(known, _)| *known == codec) {
            return Ok(Outgoing::One(body.clone()));
        }
        let body = one
            .request
            .encode(codec)
            .map_err(|source| CallError::Encode { endpoint: one.endpoint.clone(), source: source.into() })?;
        one.encoded.push((codec, body.clone()));
        Ok(Outgoing::One(body))
    }

    /// Whether all of it can be sent to another instance.
    pub(crate) fn is_whole(&self) -> bool {
        self.supply().is_none_or(Supply::is_untouched)
    }

    /// The error of the call: what is wrong with the requests, if that is why it failed.
    pub(crate) fn failed(&self, error: CallError) -> CallError {
        self.supply().and_then(Supply::take_fault).unwrap_or(error)
    }

    /// The stream of requests, if it is one.
    pub(crate) fn supply(&self) -> Option<&Supply> {
        match &self.0 {
            Kind::One(_) => None,
            Kind::Many(supply) => Some(supply),
        }
    }
}
