//! The contract of a component as data, obtained from its endpoint list without an instance and without
//! running a handler.
//!
//! A [`Description`] implements serde's traits, so that a contract can be stored beside the code,
//! compared and drawn. It is not part of the discovery record: Dynamo's processes read those records
//! too, and a description is many times their size.

pub(crate) mod fingerprint;
pub(crate) mod mermaid;
#[cfg(not(feature = "schemars"))]
pub(crate) mod no_schema;
#[cfg(feature = "schemars")]
pub(crate) mod schema;
pub(crate) mod type_info;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::describe::mermaid::mermaid;

use crate::address::ids::ComponentId;
use crate::address::names::{EndpointName, TopicName};
use crate::address::scope::EventScope;
use crate::describe::type_info::TypeInfo;

/// Describes a component and its endpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Description {
    /// The component's address.
    pub component: ComponentId,
    /// The doc comment of the component.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// The components that it calls, in field order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<ComponentId>,
    /// Its endpoints, in source order.
    pub endpoints: Vec<EndpointDescription>,
    /// The events that it subscribes to, in source order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<SubscriptionDescription>,
}

/// Describes one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EndpointDescription {
    /// The endpoint's name on the wire.
    pub name: EndpointName,
    /// Whether requests and responses are single or streamed.
    pub shape: Shape,
    /// The doc comment of the method.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// The options that differ from their defaults, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Value>,
    /// The request type; for a stream, the type of one item.
    pub request: TypeDescription,
    /// The response type; for a stream, the type of one item.
    pub response: TypeDescription,
}

/// Describes a subscription that a component holds while it is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubscriptionDescription {
    /// The topic.
    pub topic: TopicName,
    /// The scope of the events.
    pub scope: EventScope,
    /// The doc comment of the method.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// The payload type.
    pub payload: TypeDescription,
}

/// The interaction pattern of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Shape {
    /// One request, one response.
    Unary,
    /// One request, a stream of responses.
    Stream,
    /// A stream of requests, one response.
    #[serde(rename = "client_stream")]
    ClientStream,
    /// A stream of requests, a stream of responses.
    Bidirectional,
}

/// Describes a type that is sent over the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TypeDescription {
    /// The Rust name without module paths, such as `Vec<Word>`.
    pub name: String,
    /// The JSON schema, if the feature `schemars` is enabled and the type implements `JsonSchema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
}

impl Description {
    /// Returns a fingerprint of the contract: 16 hexadecimal digits over the component's name and the
    /// name, shape and types of each endpoint. Types count by schema where it is known, otherwise by
    /// name.
    ///
    /// The fingerprint does not depend on build, platform, namespace or endpoint order. Docs, options
    /// and subscriptions do not count, because none of them changes what a call carries.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint::of(self)
    }
}

impl From<TypeInfo> for TypeDescription {
    fn from(ty: TypeInfo) -> Self {
        Self { name: without_modules((ty.name)()), schema: (ty.schema)() }
    }
}

/// Module paths are private to a crate, and how the compiler prints them may change.
fn without_modules(path: &str) -> String {
    let mut name = String::new();
    for part in path.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
        let begin = part.rfind("::").map_or(0, |at| at + 2);
        name.push_str(&part[begin..]);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::without_modules;

    #[test]
    fn a_type_is_named_without_its_modules() {
        for (path, name) in [
            ("u32", "u32"),
            ("()", "()"),
            ("alloc::vec::Vec<demo::words::Word>", "Vec<Word>"),
            ("(core::option::Option<a::B>, [c::D; 3])", "(Option<B>, [D; 3])"),
            ("std::collections::hash::map::HashMap<alloc::string::String, u8>", "HashMap<String, u8>"),
        ] {
            assert_eq!(without_modules(path), name);
        }
    }
}
