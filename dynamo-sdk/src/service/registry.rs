//! The endpoints served by this process, keyed by full identity: two components may use one endpoint name.

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
    /// Limits the calls of all endpoints together.
    pub(crate) limiter: Arc<Limiter>,
    services: SharedLock<HashMap<String, Arc<Service>>>,
}

impl Registry {
    pub(crate) fn new(limiter: Arc<Limiter>) -> Arc<Self> {
        Arc::new(Self { limiter, services: SharedLock::default() })
    }

    /// Adds an endpoint.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if the identity is taken; the existing endpoint stays.
    pub(crate) fn insert(&self, service: &Arc<Service>) -> Result<()> {
        match self.services.write().entry(path(&service.endpoint, service.instance)) {
            Entry::Vacant(entry) => {
                entry.insert(Arc::clone(service));
                Ok(())
            }
            Entry::Occupied(_) => Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "{} is already served by this runtime; serve it once, or in another runtime",
                    service.endpoint
                ),
            )),
        }
    }

    pub(crate) fn remove(&self, service: &Service) {
        self.services.write().remove(&path(&service.endpoint, service.instance));
    }

    /// Looks up an endpoint by the path received from the wire.
    pub(crate) fn find(&self, path: &str) -> Option<Arc<Service>> {
        self.services.read().get(path).cloned()
    }

    /// Looks up an endpoint by identity.
    pub(crate) fn find_instance(&self, endpoint: &EndpointId, instance: InstanceId) -> Option<Arc<Service>> {
        // Most callers serve no endpoints; skip building the path for them.
        if self.services.read().is_empty() { None } else { self.find(&path(endpoint, instance)) }
    }

    /// Returns the number of calls in flight at all endpoints of this process.
    pub(crate) fn in_flight(&self) -> usize {
        self.services.read().values().map(|service| service.in_flight()).sum()
    }
}

/// Formats the identity as one string, which is also the endpoint path of the TCP request plane.
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
            namespace: NamespaceName::from_wire("My-Ns_1").unwrap(),
            component: ComponentName::from_wire("A%b c").unwrap(),
            endpoint: EndpointName::from_wire("echo").unwrap(),
        };
        assert_eq!(
            path(&endpoint, InstanceId(0x12c8_a202_db3a_2ff8)),
            "12c8a202db3a2ff8/My-Ns_1/A%25b c/echo"
        );
    }
}
