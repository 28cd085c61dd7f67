//! A subscription as declared by the component.

use std::fmt;

use serde_json::Value;

use crate::address::ids::ComponentId;
use crate::address::names::{ComponentName, EndpointName, NamespaceName, TopicName};
use crate::address::scope::EventScope;
use crate::component::listener::subscription::OpenSubscription;
use crate::describe::type_info::TypeInfo;

/// One `#[subscribe]` of a mounted component. Each setter is one key of the attribute.
pub struct ListenSpec {
    pub(crate) topic: TopicName,
    namespace: Option<NamespaceName>,
    component: Option<ComponentName>,
    endpoint: Option<EndpointName>,
    whole_namespace: bool,
    pub(crate) docs: &'static str,
    pub(crate) payload: TypeInfo,
    /// `None` for a description.
    pub(super) open: Option<OpenSubscription>,
}

impl ListenSpec {
    /// A subscription to `topic` of the component itself.
    pub(super) fn new(topic: &'static str, payload: TypeInfo, open: Option<OpenSubscription>) -> Self {
        Self {
            topic: TopicName::from_static(topic),
            namespace: None,
            component: None,
            endpoint: None,
            whole_namespace: false,
            docs: "",
            payload,
            open,
        }
    }

    /// Subscribes in another namespace.
    pub fn namespace(&mut self, name: &'static str) -> &mut Self {
        self.namespace = Some(NamespaceName::from_static(name));
        self
    }

    /// Subscribes to another component.
    pub fn component(&mut self, name: &'static str) -> &mut Self {
        self.component = Some(ComponentName::from_static(name));
        self
    }

    /// Subscribes to one endpoint of the component.
    pub fn endpoint(&mut self, name: &'static str) -> &mut Self {
        self.endpoint = Some(EndpointName::from_static(name));
        self
    }

    /// Subscribes to the namespace itself, not to its components.
    pub fn whole_namespace(&mut self) -> &mut Self {
        self.whole_namespace = true;
        self
    }

    /// Sets the doc comment of the method.
    pub fn docs(&mut self, docs: &'static str) -> &mut Self {
        self.docs = docs;
        self
    }

    /// Sets the schema of the payload.
    pub fn schema(&mut self, schema: fn() -> Option<Value>) -> &mut Self {
        self.payload.schema = schema;
        self
    }

    pub(crate) fn scope(&self, own: &ComponentId) -> EventScope {
        let namespace = self.namespace.as_ref().unwrap_or(&own.namespace).clone();
        if self.whole_namespace {
            return namespace.into();
        }
        let component = self.component.as_ref().unwrap_or(&own.component).clone();
        let component = ComponentId::new(namespace, component);
        match &self.endpoint {
            Some(endpoint) => component.endpoint(endpoint.clone()).into(),
            None => component.into(),
        }
    }
}

impl fmt::Debug for ListenSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenSpec").field("topic", &self.topic).finish_non_exhaustive()
    }
}
