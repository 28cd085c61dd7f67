//! Identities of components, endpoints and instances.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::address::invalid::InvalidName;
use crate::address::names::{ComponentName, EndpointName, NamespaceName};

/// Identifies a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ComponentId {
    /// The namespace.
    pub namespace: NamespaceName,
    /// The component's name within the namespace.
    pub component: ComponentName,
}

impl ComponentId {
    /// Creates an id from two names.
    #[must_use]
    pub const fn new(namespace: NamespaceName, component: ComponentName) -> Self {
        Self { namespace, component }
    }

    /// Creates an id from two literals. In a `const`, an invalid name is a compile error.
    ///
    /// # Panics
    /// If a name is invalid.
    #[must_use]
    pub const fn from_static(namespace: &'static str, component: &'static str) -> Self {
        Self {
            namespace: NamespaceName::from_static(namespace),
            component: ComponentName::from_static(component),
        }
    }

    /// Returns the id of one of its endpoints.
    #[must_use]
    pub fn endpoint(&self, endpoint: EndpointName) -> EndpointId {
        EndpointId { namespace: self.namespace.clone(), component: self.component.clone(), endpoint }
    }
}

impl fmt::Display for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.namespace, self.component)
    }
}

/// Identifies an endpoint. The text form is `namespace.component.endpoint`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EndpointId {
    /// The namespace of the component.
    pub namespace: NamespaceName,
    /// The component that the endpoint belongs to.
    pub component: ComponentName,
    /// The endpoint's name within the component.
    pub endpoint: EndpointName,
}

impl EndpointId {
    /// Returns the id of the component that the endpoint belongs to.
    #[must_use]
    pub fn component_id(&self) -> ComponentId {
        ComponentId::new(self.namespace.clone(), self.component.clone())
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.namespace, self.component, self.endpoint)
    }
}

impl FromStr for EndpointId {
    type Err = InvalidName;

    /// Parses `namespace.component.endpoint`, optionally prefixed with `dyn://`.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let mut parts = text.strip_prefix("dyn://").unwrap_or(text).split('.');
        let (Some(namespace), Some(component), Some(endpoint), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidName::new(format!(
                "endpoint address {text:?}: write it as namespace.component.endpoint"
            )));
        };
        Ok(Self {
            namespace: NamespaceName::new(namespace)?,
            component: ComponentName::new(component)?,
            endpoint: EndpointName::new(endpoint)?,
        })
    }
}

/// Identifies a serving process: a random number shared by all endpoints of a `DistributedRuntime`, for
/// its whole lifetime.
///
/// On the wire it is decimal in JSON, and lower-case hex in keys, paths and subjects
/// (docs/wire/discovery.md#keys-and-records).
/// `Display` prints the hex form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(pub u64);

impl InstanceId {
    /// Creates a random id. It is positive as an `i64`, so that it can double as an etcd lease id.
    #[must_use]
    pub fn random() -> Self {
        let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
        // The version and variant bits of a UUID are fixed; mixing both halves makes every bit random.
        Self(((high.rotate_left(20) ^ low) & (i64::MAX as u64)).max(1))
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl FromStr for InstanceId {
    type Err = InvalidName;

    /// Parses the hex form.
    fn from_str(hex: &str) -> Result<Self, InvalidName> {
        u64::from_str_radix(hex, 16).map(Self).map_err(|source| {
            InvalidName::with_source(format!("instance id {hex:?} is not a hex number"), source)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_address_round_trips() {
        let id: EndpointId = "dyn://demo.echo.say".parse().unwrap();
        assert_eq!(id.to_string(), "demo.echo.say");
        assert_eq!(id, "demo.echo.say".parse().unwrap());
        for bad in ["demo.echo", "demo.echo.say.more", "demo..say", "Demo.echo.say"] {
            assert!(bad.parse::<EndpointId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_instance_id_is_hex_as_text_and_a_positive_lease_id() {
        assert_eq!(InstanceId(1353509821176491014).to_string(), "12c8a202db3a2c06");
        assert_eq!("12c8a202db3a2c06".parse::<InstanceId>().unwrap(), InstanceId(1353509821176491014));
        for _ in 0..1000 {
            let id = InstanceId::random().0;
            assert!(i64::try_from(id).is_ok_and(|id| id > 0));
        }
    }
}
