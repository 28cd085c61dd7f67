//! The address space: names, identities and event scopes.

pub(crate) mod ids;
pub(crate) mod invalid;
pub(crate) mod names;
pub(crate) mod publisher;
pub(crate) mod scope;

pub use crate::address::ids::{EndpointId, InstanceId};
pub use crate::address::invalid::InvalidName;
pub use crate::address::names::{ComponentName, EndpointName, MAX_NAME_LEN, NamespaceName, TopicName};
