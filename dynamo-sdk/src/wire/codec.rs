//! How requests and items become bytes.

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use bytes::{BufMut, Bytes, BytesMut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{BoxError, Error, ErrorKind};

/// How deep a value may be nested to be decoded. JSON's decoder has the same limit built in; MessagePack's own default
/// is deep enough to exhaust the stack of a thread.
pub(crate) const MAX_DEPTH: usize = 128;

/// How requests and items become bytes. Both codecs are self-describing and carry field names.
///
/// A value must be representable as JSON to reach every peer: map keys are strings, and there are no raw bytes. What is
/// not representable is not always refused: JSON writes NaN and infinity as `null`, while MessagePack carries them, and
/// bytes, to peers that understand them. Types that have a readable form (addresses, UUIDs) use it in both codecs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// JSON.
    Json,
    /// MessagePack with string keys.
    MsgPack,
}

impl Codec {
    /// The name on the wire.
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

    /// Appends `value` to `buf`; on failure `buf` is as it was.
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

    /// Reads a value that takes up all of `bytes`.
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
    // The reader does not tell where it stands. Asked for one more value, it fails at the marker only if there is none;
    // a unit value never reads further than that.
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

/// Why a value could not be turned into bytes, or bytes into a value.
#[derive(Debug)]
pub(crate) struct CodecError {
    codec: Codec,
    doing: Doing,
    source: BoxError,
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.doing {
            Doing::Encode => write!(f, "the value cannot be written as {}", self.codec),
            Doing::Decode => write!(f, "the bytes cannot be read as {} of the expected type", self.codec),
        }
    }
}

impl std::error::Error for CodecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}
