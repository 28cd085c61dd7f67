//! Event scopes and channels.

#[cfg(any(feature = "nats", test))]
mod subject;

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::address::ids::{ComponentId, EndpointId};
use crate::address::names::{NamespaceName, TopicName};

/// Characters left unescaped in the key and the subject of a channel, in addition to letters and digits
/// (docs/wire/discovery.md#keys-and-records).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// The scope that events belong to. Subscriptions match it exactly: one on a component receives no
/// events of its endpoints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EventScope {
    /// Events about a whole namespace.
    Namespace(NamespaceName),
    /// Events about a component.
    Component(ComponentId),
    /// Events about one endpoint.
    Endpoint(EndpointId),
}

impl EventScope {
    /// Returns the component of the scope, or of its endpoint.
    pub(crate) fn component(&self) -> Option<ComponentId> {
        match self {
            Self::Namespace(_) => None,
            Self::Component(id) => Some(id.clone()),
            Self::Endpoint(id) => Some(id.component_id()),
        }
    }

    /// Returns alternating kinds and names, as used in keys and subjects.
    fn parts(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Namespace(namespace) => vec![("namespace", namespace.as_str())],
            Self::Component(id) => {
                vec![("namespace", id.namespace.as_str()), ("component", id.component.as_str())]
            }
            Self::Endpoint(id) => vec![
                ("namespace", id.namespace.as_str()),
                ("component", id.component.as_str()),
                ("endpoint", id.endpoint.as_str()),
            ],
        }
    }

    fn joined(&self, separator: char) -> String {
        let mut text = String::new();
        for (kind, name) in self.parts() {
            if !text.is_empty() {
                text.push(separator);
            }
            text.push_str(kind);
            text.push(separator);
            text.extend(utf8_percent_encode(name, ESCAPED));
        }
        text
    }
}

impl fmt::Display for EventScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(id) => id.fmt(f),
            Self::Component(id) => id.fmt(f),
            Self::Endpoint(id) => id.fmt(f),
        }
    }
}

impl From<NamespaceName> for EventScope {
    fn from(namespace: NamespaceName) -> Self {
        Self::Namespace(namespace)
    }
}

impl From<ComponentId> for EventScope {
    fn from(component: ComponentId) -> Self {
        Self::Component(component)
    }
}

impl From<EndpointId> for EventScope {
    fn from(endpoint: EndpointId) -> Self {
        Self::Endpoint(endpoint)
    }
}

/// A scope and a topic: where publishers and subscribers meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Channel {
    pub(crate) scope: EventScope,
    pub(crate) topic: TopicName,
}

impl Channel {
    /// Returns the path of its publishers' records, without their ids.
    pub(crate) fn path(&self) -> String {
        format!("{}/topic/{}", self.scope.joined('/'), utf8_percent_encode(self.topic.as_str(), ESCAPED))
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {}", self.topic.as_str(), self.scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::names::{ComponentName, EndpointName};

    /// A channel with names that only a Dynamo process would choose.
    fn odd() -> Channel {
        let endpoint = EndpointId {
            namespace: NamespaceName::from_wire("My.Ns").unwrap(),
            component: ComponentName::from_wire("A%b c").unwrap(),
            endpoint: EndpointName::from_wire("\u{e4}>*").unwrap(),
        };
        Channel { scope: endpoint.into(), topic: TopicName::from_wire("a.b_c-d").unwrap() }
    }

    #[test]
    fn each_scope_has_a_path_of_its_own() {
        let endpoint: EndpointId = "interop.backend.echo".parse().unwrap();
        let topic = TopicName::from_static("kv_metrics");
        let path = |scope: EventScope| Channel { scope, topic: topic.clone() }.path();
        assert_eq!(path(endpoint.namespace.clone().into()), "namespace/interop/topic/kv_metrics");
        assert_eq!(
            path(endpoint.component_id().into()),
            "namespace/interop/component/backend/topic/kv_metrics"
        );
        assert_eq!(
            path(endpoint.into()),
            "namespace/interop/component/backend/endpoint/echo/topic/kv_metrics"
        );
    }

    #[test]
    fn unusual_names_are_escaped_so_that_no_name_becomes_two() {
        assert_eq!(
            odd().path(),
            "namespace/My%2ENs/component/A%25b%20c/endpoint/%C3%A4%3E%2A/topic/a%2Eb_c-d"
        );
        assert_eq!(
            odd().scope.subject_prefix(),
            "namespace.My%2ENs.component.A%25b%20c.endpoint.%C3%A4%3E%2A"
        );
    }
}
