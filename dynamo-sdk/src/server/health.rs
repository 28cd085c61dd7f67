//! The health of a served component, as its handle reports it.

use std::collections::BTreeMap;

use crate::address::names::EndpointName;

/// The health of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointHealth {
    /// Registered. Endpoints are healthy until a check fails.
    Healthy,
    /// Deregistered until it recovers.
    Unhealthy {
        /// The error of the health hook or of the canary.
        reason: String,
    },
}

/// The health of the endpoints of a served component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    endpoints: BTreeMap<EndpointName, EndpointHealth>,
}

impl Health {
    /// Creates a report in which all endpoints are healthy.
    pub(super) fn healthy(endpoints: impl Iterator<Item = EndpointName>) -> Self {
        Self { endpoints: endpoints.map(|name| (name, EndpointHealth::Healthy)).collect() }
    }

    /// Sets the health of one endpoint. Returns whether it changed.
    pub(super) fn set(&mut self, name: &EndpointName, health: EndpointHealth) -> bool {
        match self.endpoints.get_mut(name) {
            Some(known) if *known != health => {
                *known = health;
                true
            }
            _ => false,
        }
    }

    /// Returns whether all endpoints are healthy.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.endpoints.values().all(|health| *health == EndpointHealth::Healthy)
    }

    /// Returns the health of one endpoint; `None` if the component has no such endpoint.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<&EndpointHealth> {
        self.endpoints.iter().find(|(known, _)| known.as_str() == name).map(|(_, health)| health)
    }

    /// Returns the health of all endpoints, by name.
    pub fn endpoints(&self) -> impl Iterator<Item = (&EndpointName, &EndpointHealth)> {
        self.endpoints.iter()
    }
}
