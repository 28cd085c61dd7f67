//! Descriptions of components, made by listing their endpoints without running one.

use crate::address::ids::ComponentId;
use crate::component::endpoint_list::EndpointList;
use crate::component::listener::spec::ListenSpec;
use crate::component::mount::{Component, Mount};
use crate::describe::{Description, EndpointDescription, SubscriptionDescription};
use crate::service::endpoint_info::EndpointInfo;
use crate::service::spec::EndpointSpec;

impl Description {
    pub(crate) fn of<C: Component>() -> Self {
        let EndpointList { endpoints, hooks, .. } = Mount::<C>::described();
        Self {
            component: C::ID,
            docs: C::DOCS.to_owned(),
            dependencies: C::DEPENDENCIES.to_vec(),
            endpoints: endpoints.into_iter().map(EndpointDescription::of).collect(),
            subscriptions: hooks
                .listeners
                .specs()
                .iter()
                .map(|spec| SubscriptionDescription::of(spec, &C::ID))
                .collect(),
        }
    }
}

impl EndpointDescription {
    fn of(spec: EndpointSpec) -> Self {
        let options = spec.described().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let EndpointInfo { shape, docs, idempotent: _, request, response } = spec.about;
        Self {
            name: spec.name,
            shape,
            docs: docs.to_owned(),
            options,
            request: request.into(),
            response: response.into(),
        }
    }
}

impl SubscriptionDescription {
    fn of(spec: &ListenSpec, own: &ComponentId) -> Self {
        Self {
            topic: spec.topic.clone(),
            scope: spec.scope(own),
            docs: spec.docs.to_owned(),
            payload: spec.payload.into(),
        }
    }
}
