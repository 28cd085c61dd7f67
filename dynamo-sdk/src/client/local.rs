//! Endpoints held by a client: components without a runtime, and test doubles.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::address::ids::{ComponentId, EndpointId, InstanceId};
use crate::address::names::EndpointName;
use crate::discovery::instances::InstanceList;
use crate::error::endpoint::EndpointError;
use crate::error::transport::TransportError;
use crate::observe::observers::Observers;
use crate::service::admission::Limiter;
use crate::service::endpoint::Service;
use crate::service::spec::EndpointSpec;
use crate::transport::request::{Request, Response, memory};
use crate::wire::codec::Codec;
use crate::wire::instance::{Instance, Transport};

/// The default limits of a runtime: concurrent calls, and queued calls.
const RUNNING: usize = 10_000;
const QUEUE: usize = 40_000;

/// The id of an instance that is not registered.
const INSTANCE: InstanceId = InstanceId(0);

/// The engines behind one client.
#[derive(Debug)]
pub(crate) struct LocalEndpoints {
    component: ComponentId,
    /// The owner of the endpoints, for error messages.
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

    /// Returns a list with the one local instance. It exists for every name: the call reports a missing
    /// endpoint.
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
        watch::Sender::new(InstanceList { instances, foreign: Arc::from([]), stale_since: None, known: true })
            .subscribe()
    }

    pub(crate) async fn call(&self, call: Request) -> Result<Response, TransportError> {
        let wanted = &call.target.endpoint.endpoint;
        match self.served.get(wanted) {
            Some(served) => memory::call(served, call).await,
            None => Err(self.missing(wanted).into()),
        }
    }

    fn missing(&self, wanted: &EndpointName) -> EndpointError {
        let there: Vec<String> = self.served.keys().map(|name| format!("`{name}`")).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        let (what, component) = (self.what, &self.component);
        EndpointError::not_found(format!("{what} for {component} has no endpoint `{wanted}`; it has {there}"))
    }
}
