//! What a component offers, as data: made without an instance, by listing its endpoints and running none.
//!
//! A [`Description`] is serde data, so that a contract can be stored beside the code, compared and drawn. It is not part of
//! the record in discovery: Dynamo's processes read those records too, and a description is many times their size.

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

/// A component and its endpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Description {
    /// Its place in the address space.
    pub component: ComponentId,
    /// Its doc comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// The components that it calls, in the order of its fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<ComponentId>,
    /// Its endpoints, in the order of the source.
    pub endpoints: Vec<EndpointDescription>,
    /// The events that it hears, in the order of the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<SubscriptionDescription>,
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EndpointDescription {
    /// What it is called in the system.
    pub name: EndpointName,
    /// How many requests it takes and responses it gives.
    pub shape: Shape,
    /// The doc comment of its method.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// What is set for it, by the name of the option; only what differs from the default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Value>,
    /// What it takes; of a stream, one item.
    pub request: TypeDescription,
    /// What it gives; of a stream, one item.
    pub response: TypeDescription,
}

/// Events that a component hears while it is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubscriptionDescription {
    /// What they are about.
    pub topic: TopicName,
    /// Whose events they are.
    pub scope: EventScope,
    /// The doc comment of the method.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// What is in them.
    pub payload: TypeDescription,
}

/// How many requests an endpoint takes and how many responses it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Shape {
    /// One for one.
    Unary,
    /// A stream of responses for one request.
    Stream,
    /// One response for a stream of requests.
    #[serde(rename = "client_stream")]
    ClientStream,
    /// A stream of responses for a stream of requests.
    Bidirectional,
}

/// A type that travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TypeDescription {
    /// Its Rust name without the modules it is in, as in `Vec<Word>`.
    pub name: String,
    /// Its JSON schema: with the feature `schemars`, if it implements `JsonSchema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
}

impl Description {
    /// Tells two contracts apart: 16 hexadecimal digits over the component's name and, of each endpoint, name, shape and
    /// types. Schemas count where they are known, otherwise the names of the types.
    ///
    /// It is the same in every build and on every platform, for every order of the endpoints and in every namespace. Docs,
    /// options and subscriptions do not count: none of them changes what a call carries.
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

/// Which module a type is in is nobody else's business, and how the compiler writes that may change.
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
