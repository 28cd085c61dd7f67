//! Endpoints that a client holds itself: components without a runtime, and test doubles.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::address::ids::{ComponentId, EndpointId, InstanceId};
use crate::address::names::EndpointName;
use crate::discovery::instances::InstanceList;
use crate::error::call::CallError;
use crate::error::endpoint::EndpointError;
use crate::observe::observers::Observers;
use crate::service::admission::Limiter;
use crate::service::endpoint::Service;
use crate::service::spec::EndpointSpec;
use crate::transport::request::{Request, Response, memory};
use crate::wire::codec::Codec;
use crate::wire::instance::{Instance, Transport};

/// How many calls run at a time, and how many more wait: what a runtime allows unless it is told otherwise.
const RUNNING: usize = 10_000;
const QUEUE: usize = 40_000;

/// The id of an instance that is nowhere registered.
const INSTANCE: InstanceId = InstanceId(0);

/// The engines behind one client.
#[derive(Debug)]
pub(crate) struct LocalEndpoints {
    component: ComponentId,
    /// Whose they are, for a message.
    what: &'static str,
    served: BTreeMap<EndpointName, Arc<Service>>,
    observers: Observers,
}

impl LocalEndpoints {
    pub(crate) fn new(component: ComponentId, what: &'static str, endpoints: Vec<EndpointSpec>) -> Self {
        let gate = Limiter::new(RUNNING, QUEUE);
        let served = endpoints.into_iter().map(|spec| {
            let id = component.endpoint(spec.name.clone());
            let name = spec.name.clone();
            (name, Service::new(id, INSTANCE, spec, Arc::clone(&gate), None))
        });
        let served = served.collect();
        Self { component, what, served, observers: Observers::default() }
    }

    pub(crate) fn component(&self) -> &ComponentId {
        &self.component
    }

    pub(crate) fn observers(&self) -> &Observers {
        &self.observers
    }

    /// A list with the one instance that there is. It has one for every name: a call finds out what is missing.
    pub(crate) fn list(&self, endpoint: &EndpointId) -> watch::Receiver<InstanceList> {
        let instance = Instance {
            endpoint: endpoint.clone(),
            id: INSTANCE,
            transport: Transport::Memory(endpoint.to_string()),
            codec: Codec::MsgPack,
            device_type: None,
            extra: serde_json::Map::new(),
        };
        let instances = [Arc::new(instance)].into();
        watch::Sender::new(InstanceList { instances, stale_since: None, known: true }).subscribe()
    }

    pub(crate) async fn call(&self, call: Request) -> Result<Response, CallError> {
        let wanted = &call.target.endpoint.endpoint;
        match self.served.get(wanted) {
            Some(served) => memory::call(served, call).await,
            None => Err(CallError::Endpoint(self.missing(wanted))),
        }
    }

    fn missing(&self, wanted: &EndpointName) -> EndpointError {
        let there: Vec<String> = self.served.keys().map(|name| format!("`{name}`")).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        let (what, component) = (self.what, &self.component);
        EndpointError::not_found(format!("{what} for {component} has no endpoint `{wanted}`; it has {there}"))
    }
}
