//! What this process serves, keyed by the full identity, so that equal endpoint names of two components never meet.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::address::ids::{EndpointId, InstanceId};
use crate::error::{Error, ErrorKind, Result};
use crate::service::admission::Limiter;
use crate::service::endpoint::Service;
use crate::sync::SharedLock;

/// The endpoints of one `DistributedRuntime`.
#[derive(Debug)]
pub(crate) struct Registry {
    /// Bounds the calls of all endpoints together.
    pub(crate) gate: Arc<Limiter>,
    served: SharedLock<HashMap<String, Arc<Service>>>,
}

impl Registry {
    pub(crate) fn new(gate: Arc<Limiter>) -> Arc<Self> {
        Arc::new(Self { gate, served: SharedLock::default() })
    }

    /// Adds an endpoint.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if its identity is there already; the old one stays.
    pub(crate) fn insert(&self, served: &Arc<Service>) -> Result<()> {
        match self.served.write().entry(path(&served.endpoint, served.instance)) {
            Entry::Vacant(place) => {
                place.insert(Arc::clone(served));
                Ok(())
            }
            Entry::Occupied(_) => Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "{} is already served by this runtime; serve it once, or in a runtime of its own",
                    served.endpoint
                ),
            )),
        }
    }

    pub(crate) fn remove(&self, served: &Service) {
        self.served.write().remove(&path(&served.endpoint, served.instance));
    }

    /// The endpoint of a path that came from the wire.
    pub(crate) fn find(&self, path: &str) -> Option<Arc<Service>> {
        self.served.read().get(path).cloned()
    }

    /// The endpoint of an identity, if this process serves it.
    pub(crate) fn find_instance(&self, endpoint: &EndpointId, instance: InstanceId) -> Option<Arc<Service>> {
        // The common case is a call to another process from one that serves nothing.
        if self.served.read().is_empty() { None } else { self.find(&path(endpoint, instance)) }
    }

    /// How many calls of this process's endpoints are in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.served.read().values().map(|served| served.in_flight()).sum()
    }
}

/// The identity as one text, which is also the path of the TCP request plane (WIRE.md section 1.1).
pub(crate) fn path(endpoint: &EndpointId, instance: InstanceId) -> String {
    fn escape(name: &str) -> std::borrow::Cow<'_, str> {
        if name.contains(['%', '/']) {
            name.replace('%', "%25").replace('/', "%2F").into()
        } else {
            name.into()
        }
    }
    format!(
        "{instance}/{}/{}/{}",
        escape(endpoint.namespace.as_str()),
        escape(endpoint.component.as_str()),
        escape(endpoint.endpoint.as_str())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::names::{ComponentName, EndpointName, NamespaceName};

    #[test]
    fn the_path_is_the_captured_one() {
        let endpoint = EndpointId {
            namespace: NamespaceName::foreign("My-Ns_1").unwrap(),
            component: ComponentName::foreign("A%b c").unwrap(),
            endpoint: EndpointName::foreign("echo").unwrap(),
        };
        assert_eq!(
            path(&endpoint, InstanceId(0x12c8_a202_db3a_2ff8)),
            "12c8a202db3a2ff8/My-Ns_1/A%25b c/echo"
        );
    }
}
