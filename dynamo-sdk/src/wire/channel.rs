//! The discovery record of an event publisher (docs/wire/discovery.md#event-channels).

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::ids::{ComponentId, EndpointId};
use crate::address::names::{ComponentName, EndpointName, NamespaceName, TopicName};
use crate::address::publisher::PublisherId;
use crate::address::scope::{Channel, EventScope};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::keys::{Bucket, Key};
use crate::wire::record::Record;

/// How subscribers reach a publisher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "config")]
pub(crate) enum PublisherAddress {
    /// The publisher's own socket, as `tcp://host:port`.
    Zmq { endpoint: String },
    /// Subjects below its scope's prefix.
    Nats { subject_prefix: String },
}

/// One publisher of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublisherRecord {
    pub(crate) channel: Channel,
    pub(crate) publisher: PublisherId,
    pub(crate) address: PublisherAddress,
}

/// The record as serialized. Fields are in Dynamo's order.
#[derive(Serialize, Deserialize)]
struct ChannelRecord<A> {
    r#type: String,
    scope: Scope,
    topic: TopicName,
    instance_id: u64,
    transport: A,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Scope {
    Namespace { name: NamespaceName },
    Component { namespace: NamespaceName, component: ComponentName },
    Endpoint { endpoint: ScopeEndpoint },
}

#[derive(Serialize, Deserialize)]
struct ScopeEndpoint {
    namespace: NamespaceName,
    component: ComponentName,
    name: EndpointName,
}

const TYPE: &str = "EventChannel";

impl From<&EventScope> for Scope {
    fn from(scope: &EventScope) -> Self {
        match scope.clone() {
            EventScope::Namespace(name) => Self::Namespace { name },
            EventScope::Component(ComponentId { namespace, component }) => {
                Self::Component { namespace, component }
            }
            EventScope::Endpoint(EndpointId { namespace, component, endpoint: name }) => {
                Self::Endpoint { endpoint: ScopeEndpoint { namespace, component, name } }
            }
        }
    }
}

impl From<Scope> for EventScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Namespace { name } => Self::Namespace(name),
            Scope::Component { namespace, component } => {
                Self::Component(ComponentId { namespace, component })
            }
            Scope::Endpoint { endpoint: ScopeEndpoint { namespace, component, name } } => {
                Self::Endpoint(EndpointId { namespace, component, endpoint: name })
            }
        }
    }
}

impl PublisherRecord {
    /// Parses the value of a record. Returns `None` if this version does not know the publisher's
    /// transport.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if the value is not the record of an event channel.
    pub(crate) fn from_json(value: &[u8]) -> Result<Option<Self>> {
        let wire: ChannelRecord<Value> = serde_json::from_slice(value).map_err(|source| {
            Error::new(ErrorKind::Invalid, "cannot parse the record of an event channel").with_source(source)
        })?;
        if wire.r#type != TYPE {
            let what = format!("expected the record of an event channel, found type {:?}", wire.r#type);
            return Err(Error::new(ErrorKind::Invalid, what));
        }
        let Ok(address) = serde_json::from_value(wire.transport) else { return Ok(None) };
        let channel = Channel { scope: wire.scope.into(), topic: wire.topic };
        Ok(Some(Self { channel, publisher: PublisherId(wire.instance_id), address }))
    }

    /// Returns the key and value to register.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the record cannot be serialized as JSON.
    pub(crate) fn to_record(&self) -> Result<Record> {
        let wire = ChannelRecord {
            r#type: TYPE.to_owned(),
            scope: (&self.channel.scope).into(),
            topic: self.channel.topic.clone(),
            instance_id: self.publisher.0,
            transport: &self.address,
        };
        let value = serde_json::to_vec(&wire).map_err(|source| {
            Error::new(ErrorKind::Internal, "cannot write the record of an event channel").with_source(source)
        })?;
        let path = format!("{}/{}", self.channel.path(), self.publisher);
        Ok(Record { key: Key::new(Bucket::EventChannels, path), value: Bytes::from(value) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTURED: [&str; 2] = [
        include_str!("../../../tests/vectors/discovery/etcd-event-channels-nats.txt"),
        include_str!("../../../tests/vectors/discovery/etcd-event-channels-zmq.txt"),
    ];

    #[test]
    fn captured_records_are_read_and_written_again_byte_for_byte() {
        let (mut zmq, mut nats) = (0, 0);
        for file in CAPTURED {
            let lines: Vec<&str> = file.lines().collect();
            for pair in lines.chunks(2) {
                let [key, value] = pair else { panic!("{pair:?}") };
                let advert = PublisherRecord::from_json(value.as_bytes()).unwrap().unwrap();
                match &advert.address {
                    PublisherAddress::Zmq { endpoint } => {
                        zmq += 1;
                        assert!(endpoint.starts_with("tcp://192.0.2.2:"), "{endpoint}");
                    }
                    PublisherAddress::Nats { subject_prefix } => {
                        nats += 1;
                        assert_eq!(*subject_prefix, advert.channel.scope.subject_prefix());
                    }
                }
                let record = advert.to_record().unwrap();
                assert_eq!((record.key.to_string().as_str(), &record.value[..]), (*key, value.as_bytes()));
            }
        }
        assert_eq!((zmq, nats), (4, 2));
    }

    #[test]
    fn all_scopes_are_written_as_dynamo_reads_them() {
        let endpoint: EndpointId = "demo.echo.say".parse().unwrap();
        for (scope, json) in [
            (endpoint.namespace.clone().into(), r#"{"kind":"namespace","name":"demo"}"#),
            (endpoint.component_id().into(), r#"{"kind":"component","namespace":"demo","component":"echo"}"#),
            (
                endpoint.into(),
                r#"{"kind":"endpoint","endpoint":{"namespace":"demo","component":"echo","name":"say"}}"#,
            ),
        ] {
            let channel = Channel { scope, topic: TopicName::from_static("load") };
            let address = PublisherAddress::Nats { subject_prefix: channel.scope.subject_prefix() };
            let advert = PublisherRecord { channel, publisher: PublisherId(u64::MAX), address };
            let record = advert.to_record().unwrap();
            let text = str::from_utf8(&record.value).unwrap();
            assert!(text.starts_with(&format!(r#"{{"type":"EventChannel","scope":{json},"topic":"load""#)));
            assert!(record.key.to_string().ends_with("/topic/load/ffffffffffffffff"), "{}", record.key);
            assert_eq!(PublisherRecord::from_json(&record.value).unwrap(), Some(advert));
        }
    }

    #[test]
    fn what_cannot_be_heard_is_skipped_and_what_is_no_channel_is_an_error() {
        let channel = CAPTURED[1].lines().nth(1).unwrap();
        let broker = channel.replace("\"Zmq\"", "\"ZmqBroker\"");
        assert_eq!(PublisherRecord::from_json(broker.as_bytes()).unwrap(), None);
        let later = channel.replacen('{', r#"{"later":[1],"#, 1);
        assert!(PublisherRecord::from_json(later.as_bytes()).unwrap().is_some());
        for (from, to) in [("EventChannel", "Endpoint"), ("\"endpoint\"", "\"planet\""), ("interop", "")] {
            let error = PublisherRecord::from_json(channel.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{from}");
        }
    }
}
