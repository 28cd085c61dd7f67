//! The discovery record of one endpoint instance (docs/wire/discovery.md#instance-record).

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::address::ids::{EndpointId, InstanceId};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::codec::Codec;
use crate::wire::keys::Key;
use crate::wire::record::Record;

/// How an instance is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Map<String, Value>", try_from = "Map<String, Value>")]
#[non_exhaustive]
pub enum Transport {
    /// Dynamo's TCP request plane: `ip:port/path`.
    Tcp(String),
    /// Dynamo's NATS request plane: a subject.
    Nats(String),
    /// Reachable in this process only; such a record never leaves it.
    Memory(String),
    /// A transport that this version does not know.
    Other {
        /// Its name in the record.
        name: String,
        /// The address.
        address: String,
    },
}

impl Transport {
    /// Returns the name of the transport as used in records.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Tcp(_) => "tcp",
            Self::Nats(_) => "nats_tcp",
            Self::Memory(_) => "memory",
            Self::Other { name, .. } => name,
        }
    }

    /// Returns the address in the syntax of the transport.
    #[must_use]
    pub fn address(&self) -> &str {
        match self {
            Self::Tcp(address)
            | Self::Nats(address)
            | Self::Memory(address)
            | Self::Other { address, .. } => address,
        }
    }
}

impl From<Transport> for Map<String, Value> {
    fn from(transport: Transport) -> Self {
        Self::from_iter([(transport.name().to_owned(), Value::from(transport.address()))])
    }
}

impl TryFrom<Map<String, Value>> for Transport {
    type Error = String;

    fn try_from(map: Map<String, Value>) -> Result<Self, String> {
        let mut entries = map.into_iter();
        match (entries.next(), entries.next()) {
            (Some((name, Value::String(address))), None) => match name.as_str() {
                "tcp" => Ok(Self::Tcp(address)),
                "nats_tcp" => Ok(Self::Nats(address)),
                "memory" => Ok(Self::Memory(address)),
                _ => Ok(Self::Other { name, address }),
            },
            _ => Err("a transport must be an object with one key and a string value".to_owned()),
        }
    }
}

/// One registration of an endpoint by one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The endpoint that it serves.
    pub endpoint: EndpointId,
    /// The id of the serving process.
    pub id: InstanceId,
    /// How to reach it.
    pub transport: Transport,
    /// Codec of its requests and responses.
    pub codec: Codec,
    /// `cuda` or `cpu`, if advertised. Used by device-aware routing only.
    pub device_type: Option<String>,
    /// Fields unknown to this version, preserved unchanged.
    pub extra: Map<String, Value>,
}

/// The record as serialized. Fields are in Dynamo's order.
#[derive(Serialize, Deserialize)]
struct InstanceRecord {
    r#type: String,
    component: String,
    endpoint: String,
    namespace: String,
    instance_id: u64,
    transport: Transport,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_plane_codec: Option<Codec>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

const TYPE: &str = "Endpoint";

impl Instance {
    /// Parses the value of a record.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if the value is not the record of an endpoint, or names a transport or
    /// codec that this version does not support.
    pub fn from_json(value: &[u8]) -> Result<Self> {
        let invalid = |source: serde_json::Error| {
            Error::new(ErrorKind::Invalid, "cannot parse the record of an instance").with_source(source)
        };
        let wire: InstanceRecord = serde_json::from_slice(value).map_err(invalid)?;
        if wire.r#type != TYPE {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("expected the record of an instance, found type {:?}", wire.r#type),
            ));
        }
        Ok(Self {
            endpoint: EndpointId {
                namespace: crate::address::names::NamespaceName::from_wire(wire.namespace)?,
                component: crate::address::names::ComponentName::from_wire(wire.component)?,
                endpoint: crate::address::names::EndpointName::from_wire(wire.endpoint)?,
            },
            id: InstanceId(wire.instance_id),
            transport: wire.transport,
            // Records without a codec predate MessagePack support.
            codec: wire.request_plane_codec.unwrap_or(Codec::Json),
            device_type: wire.device_type,
            extra: wire.other,
        })
    }

    /// Returns the key and value to register.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the record cannot be serialized as JSON.
    pub(crate) fn to_record(&self) -> Result<Record> {
        let wire = InstanceRecord {
            r#type: TYPE.to_owned(),
            component: self.endpoint.component.to_string(),
            endpoint: self.endpoint.endpoint.to_string(),
            namespace: self.endpoint.namespace.to_string(),
            instance_id: self.id.0,
            transport: self.transport.clone(),
            device_type: self.device_type.clone(),
            request_plane_codec: Some(self.codec),
            other: self.extra.clone(),
        };
        let value = serde_json::to_vec(&wire).map_err(|source| {
            Error::new(ErrorKind::Internal, "cannot write the record of an instance").with_source(source)
        })?;
        Ok(Record { key: Key::instance(&self.endpoint, self.id), value: Bytes::from(value) })
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} at {} {}", self.endpoint, self.id, self.transport.name(), self.transport.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTURED: &str = r#"{"type":"Endpoint","component":"backend","endpoint":"echo","namespace":"interop","instance_id":1353509821176491014,"transport":{"tcp":"127.0.0.1:42431/12c8a202db3a2c06/interop/backend/echo"},"device_type":"cuda","request_plane_codec":"msgpack"}"#;

    #[test]
    fn a_captured_record_is_read_and_written_again_byte_for_byte() {
        let instance = Instance::from_json(CAPTURED.as_bytes()).unwrap();
        assert_eq!(instance.endpoint.to_string(), "interop.backend.echo");
        assert_eq!(instance.codec, Codec::MsgPack);
        let record = instance.to_record().unwrap();
        assert_eq!(record.key.to_string(), "v1/instances/interop/backend/echo/12c8a202db3a2c06");
        assert_eq!(record.value, CAPTURED);
    }

    #[test]
    fn a_record_without_codec_means_json_and_unknown_fields_are_kept() {
        let text = CAPTURED.replace(r#","request_plane_codec":"msgpack""#, r#","later":[1]"#);
        let instance = Instance::from_json(text.as_bytes()).unwrap();
        assert_eq!(instance.codec, Codec::Json);
        assert_eq!(instance.extra["later"], serde_json::json!([1]));
    }

    #[test]
    fn an_id_of_all_64_bits_survives() {
        let text = CAPTURED.replace("1353509821176491014", "18446744073709551615");
        let instance = Instance::from_json(text.as_bytes()).unwrap();
        assert_eq!(instance.id.to_string(), "ffffffffffffffff");
        assert_eq!(instance.to_record().unwrap().value, text);
    }

    #[test]
    fn what_cannot_be_understood_is_an_error_and_not_a_guess() {
        // A transport of a later version is known by its name, so that callers can be told.
        let text = CAPTURED.replacen("\"tcp\"", "\"smoke\"", 1);
        let instance = Instance::from_json(text.as_bytes()).unwrap();
        assert_eq!(instance.transport.name(), "smoke");
        assert_eq!(instance.to_record().unwrap().value, text);
        for (from, to) in [
            ("msgpack", "cbor"),
            ("Endpoint", "Model"),
            ("\"interop\"", "\"\""),
            ("1353509821176491014", "-1"),
        ] {
            let text = CAPTURED.replacen(from, to, 1);
            assert_eq!(
                Instance::from_json(text.as_bytes()).unwrap_err().kind(),
                ErrorKind::Invalid,
                "{text}"
            );
        }
    }
}
