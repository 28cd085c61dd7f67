//! The free slot of the next endpoint in a list.

use std::sync::Arc;

use crate::address::names::EndpointName;
use crate::service::endpoint_info::EndpointInfo;
use crate::service::erased::{DescribedOnly, ErasedEngine};
use crate::service::spec::EndpointSpec;

/// The slot for the next endpoint of a list.
pub(super) struct EndpointSlot<'a, C> {
    component: Option<Arc<C>>,
    endpoints: &'a mut Vec<EndpointSpec>,
}

impl<'a, C> EndpointSlot<'a, C> {
    /// `component` is `None` for a description.
    pub(super) fn new(component: Option<Arc<C>>, endpoints: &'a mut Vec<EndpointSpec>) -> Self {
        Self { component, endpoints }
    }

    /// Adds the endpoint.
    pub(super) fn put(
        self,
        name: &'static str,
        about: EndpointInfo,
        engine: impl FnOnce(Arc<C>) -> Box<dyn ErasedEngine>,
    ) -> &'a mut EndpointSpec {
        let engine = match self.component {
            Some(component) => engine(component),
            None => Box::new(DescribedOnly),
        };
        self.endpoints.push(EndpointSpec::new(EndpointName::from_static(name), engine, about));
        let last = self.endpoints.len() - 1;
        &mut self.endpoints[last]
    }
}
