//! Codecs for requests and response items.

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use bytes::{BufMut, Bytes, BytesMut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{BoxError, Error, ErrorKind};

/// Maximum nesting depth of a decoded value. serde_json has this limit built in; the default of
/// rmp-serde is deep enough to overflow a thread's stack.
pub(crate) const MAX_DEPTH: usize = 128;

/// The encoding of requests and response items. Both codecs are self-describing and carry field names.
///
/// To reach every peer, a value must be representable as JSON: map keys are strings, and there are no
/// raw bytes. Not everything else is rejected: JSON writes NaN and infinity as `null`, while MessagePack
/// carries them, and bytes, to peers that understand them. Types with a human-readable form (addresses,
/// UUIDs) use it in both codecs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// JSON.
    Json,
    /// MessagePack, with maps keyed by field name.
    MsgPack,
}

impl Codec {
    /// Returns whether another crate of the program has turned on `serde_json/arbitrary_precision`, which writes each number
    /// of a `serde_json::Value` as a map of its digits in formats other than JSON. Peers do not understand it.
    pub(crate) fn changes_numbers(self) -> bool {
        let one = serde_json::Number::from(1_u8);
        self == Self::MsgPack && rmp_serde::to_vec(&one).is_ok_and(|bytes| bytes != [1])
    }

    /// Returns the name used on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::MsgPack => "msgpack",
        }
    }

    pub(crate) fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Bytes, CodecError> {
        let mut buf = BytesMut::new();
        self.encode_into(value, &mut buf)?;
        Ok(buf.freeze())
    }

    /// Appends `value` to `buf`. On failure `buf` is left unchanged.
    pub(crate) fn encode_into<T>(self, value: &T, buf: &mut BytesMut) -> Result<(), CodecError>
    where
        T: Serialize + ?Sized,
    {
        let start = buf.len();
        let result: Result<(), BoxError> = match self {
            Self::Json => serde_json::to_writer(buf.writer(), value).map_err(Into::into),
            Self::MsgPack => {
                let mut out =
                    rmp_serde::Serializer::new(buf.writer()).with_struct_map().with_human_readable();
                value.serialize(&mut out).map_err(Into::into)
            }
        };
        result.map_err(|source| {
            buf.truncate(start);
            CodecError { codec: self, doing: Doing::Encode, source }
        })
    }

    /// Decodes a value that spans all of `bytes`.
    pub(crate) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, CodecError> {
        let result = match self {
            Self::Json => serde_json::from_slice(bytes).map_err(Into::into),
            Self::MsgPack => from_msgpack(bytes),
        };
        result.map_err(|source| CodecError { codec: self, doing: Doing::Decode, source })
    }
}

fn from_msgpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BoxError> {
    let mut input = rmp_serde::Deserializer::from_read_ref(bytes).with_human_readable();
    input.set_max_depth(MAX_DEPTH);
    let value = T::deserialize(&mut input)?;
    // The deserializer does not expose its position. Reading one more value fails at the marker only if
    // the input is exhausted; a unit value never reads further than its marker.
    match <()>::deserialize(&mut input) {
        Err(rmp_serde::decode::Error::InvalidMarkerRead(_)) => Ok(value),
        _ => Err("trailing bytes after the value".into()),
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Codec {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "json" => Ok(Self::Json),
            "msgpack" => Ok(Self::MsgPack),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                format!("codec {name:?} is unknown; use \"json\" or \"msgpack\""),
            )),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Doing {
    Encode,
    Decode,
}

/// A value that could not be encoded, or bytes that could not be decoded.
#[derive(Debug)]
pub(crate) struct CodecError {
    codec: Codec,
    doing: Doing,
    source: BoxError,
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.doing {
            Doing::Encode => write!(f, "cannot encode the value as {}", self.codec),
            Doing::Decode => write!(f, "cannot decode the bytes as {} of the expected type", self.codec),
        }
    }
}

impl std::error::Error for CodecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}
