//! JSON control messages: the control header of a request, and the messages of the response connection.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::endpoint::EndpointError;
use crate::wire::codec::{Codec, CodecError};
use crate::wire::error_object::{ErrorObject, Lenient, cut};

/// The longest control message that Dynamo sends.
pub(crate) const MAX_CONTROL_LEN: usize = 131_072;

/// Name of the TCP response transport.
const TCP_SERVER: &str = "tcp_server";

/// Prefix that Dynamo puts before the message in a prologue.
const GENERATE_ERROR: &str = "Generate Error: ";

/// Why a control message was rejected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// Exceeds Dynamo's size limit.
    #[error("the control message of {size} bytes exceeds the limit of {MAX_CONTROL_LEN}; send less metadata")]
    TooLong { size: usize },
    /// Not valid JSON, or not a control message.
    #[error("the control message is malformed")]
    Malformed(#[from] CodecError),
    /// Names a response transport other than TCP.
    #[error("unsupported response plane {0:?}, expected {TCP_SERVER:?}")]
    Transport(String),
}

/// The control header of a request (docs/wire/request-plane.md#control-message).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ControlMessage {
    pub(crate) id: String,
    pub(crate) request_type: RequestType,
    pub(crate) response_type: ResponseType,
    /// Codec of the request and of all response items.
    #[serde(default = "codec_of_old", deserialize_with = "codec_or_old")]
    pub(crate) payload_codec: Codec,
    pub(crate) connection_info: StreamAddress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_stream_connection_info: Option<StreamAddress>,
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) frontend_send_ts_ns: Option<u64>,
}

/// The codec of peers that predate the field.
const fn codec_of_old() -> Codec {
    Codec::Json
}

fn codec_or_old<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Codec, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(codec_of_old))
}

fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(de: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(de)?.unwrap_or_default())
}

impl ControlMessage {
    pub(crate) fn encode(&self) -> Result<Bytes, ControlError> {
        let bytes = Codec::Json.encode(self)?;
        if bytes.len() > MAX_CONTROL_LEN {
            return Err(ControlError::TooLong { size: bytes.len() });
        }
        Ok(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, ControlError> {
        Ok(Codec::Json.decode(bytes)?)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RequestType {
    SingleIn,
    /// Streaming input; the request items arrive over a second connection.
    ManyIn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ResponseType {
    /// Defined by Dynamo, but never sent.
    SingleOut,
    ManyOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StreamType {
    Request,
    Response,
}

/// How the worker connects back to the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StreamAddress {
    transport: String,
    /// A JSON document embedded in a string.
    info: String,
}

impl StreamAddress {
    pub(crate) fn tcp_server(home: &HomeAddress) -> Result<Self, ControlError> {
        let info = Codec::Json.encode(home)?;
        Ok(Self { transport: TCP_SERVER.to_owned(), info: String::from_utf8_lossy(&info).into_owned() })
    }

    pub(crate) fn home(&self) -> Result<HomeAddress, ControlError> {
        if self.transport != TCP_SERVER {
            return Err(ControlError::Transport(self.transport.clone()));
        }
        Ok(Codec::Json.decode(self.info.as_bytes())?)
    }
}

/// The address that a worker connects back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HomeAddress {
    /// Host and port. The host may be a name.
    pub(crate) address: String,
    /// Random id of the call, known only to caller and worker.
    pub(crate) subject: String,
    /// The request id.
    pub(crate) context: String,
    pub(crate) stream_type: StreamType,
}

impl HomeAddress {
    /// Extracts the address to report to when the rest of a control message cannot be parsed.
    pub(crate) fn salvage(control: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct OnlyHome {
            connection_info: StreamAddress,
        }
        let control: OnlyHome = serde_json::from_slice(control).ok()?;
        control.connection_info.home().ok()
    }
}

/// The first frame of a response connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Handshake {
    pub(crate) subject: String,
    pub(crate) stream_type: StreamType,
}

/// The second frame: reports whether the handler started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prologue {
    #[serde(default)]
    error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typed_error: Option<Lenient<ErrorObject>>,
}

impl Prologue {
    /// Reports that the handler started.
    pub(crate) fn started() -> Self {
        Self::default()
    }

    /// Reports that the call failed before its first item.
    pub(crate) fn failed(error: &EndpointError) -> Self {
        Self {
            error: Some(format!("{GENERATE_ERROR}{}", cut(error.message()))),
            typed_error: Some(Lenient::Valid(error.into())),
        }
    }

    /// Returns the error if the handler did not start.
    pub(crate) fn into_result(self) -> Result<(), EndpointError> {
        let Some(text) = self.error else { return Ok(()) };
        match self.typed_error.and_then(Lenient::valid) {
            Some(typed) if typed.is_typed() => Err(typed.into()),
            _ => Err(EndpointError::internal(text.strip_prefix(GENERATE_ERROR).unwrap_or(&text))),
        }
    }
}

/// The remaining control messages of a response connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Signal {
    /// Asks the worker to finish early.
    Stop,
    /// Tells the worker to drop the call.
    Kill,
    /// Marks the end of the stream.
    Sentinel,
}

impl Signal {
    pub(crate) const fn as_json(self) -> &'static [u8] {
        match self {
            Self::Stop => b"\"stop\"",
            Self::Kill => b"\"kill\"",
            Self::Sentinel => b"\"sentinel\"",
        }
    }

    /// Parses a control header. Returns `None` for anything else, which is a protocol violation on these
    /// connections.
    pub(crate) fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}
