//! Cheap handles to walk from a runtime to an endpoint by names that are only known at run time.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::address::ids::{ComponentId, EndpointId};
use crate::address::names::{ComponentName, EndpointName, NamespaceName, TopicName};
use crate::client::handle::Client;
use crate::component::hooks::Hooks;
use crate::discovery::instances::InstanceList;
use crate::engine::AsyncEngine;
use crate::engine::context::Context;
use crate::error::Result;
use crate::events::publisher::EventPublisher;
use crate::events::subscription::EventSubscription;
use crate::handles::segment::{CallAs, SegmentSink, ServeAs};
use crate::node::DistributedRuntime;
use crate::server::serve::MountedComponent;
use crate::server::serve::Serve;
use crate::wire::instance::Instance;

/// A namespace, seen from a runtime.
#[derive(Clone, Debug)]
pub struct Namespace {
    runtime: DistributedRuntime,
    name: NamespaceName,
}

impl Namespace {
    pub(crate) fn new(runtime: DistributedRuntime, name: NamespaceName) -> Self {
        Self { runtime, name }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &NamespaceName {
        &self.name
    }

    /// A component of this namespace, whether anybody serves it or not.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the name breaks the rule of [`ComponentName`].
    pub fn component(&self, name: &str) -> Result<ComponentHandle> {
        let id = ComponentId::new(self.name.clone(), ComponentName::new(name)?);
        Ok(ComponentHandle { runtime: self.runtime.clone(), id })
    }

    /// Publishes events about the namespace as a whole, and not about its components, on a topic.
    ///
    /// # Errors
    /// As [`EventPublisher::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the topic breaks the rule of
    /// [`TopicName`].
    pub async fn publisher<T: Serialize + ?Sized>(&self, topic: &str) -> Result<EventPublisher<T>> {
        EventPublisher::new(&self.runtime, self.name.clone(), TopicName::new(topic)?).await
    }

    /// Hears what is published about the namespace as a whole, and not about its components, on a topic.
    ///
    /// # Errors
    /// As [`EventSubscription::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the topic breaks the rule
    /// of [`TopicName`].
    pub async fn subscribe<T: DeserializeOwned>(&self, topic: &str) -> Result<EventSubscription<T>> {
        EventSubscription::new(&self.runtime, self.name.clone(), TopicName::new(topic)?).await
    }
}

/// A component, seen from a runtime.
#[derive(Clone, Debug)]
pub struct ComponentHandle {
    runtime: DistributedRuntime,
    id: ComponentId,
}

impl ComponentHandle {
    /// Its identity.
    #[must_use]
    pub fn id(&self) -> &ComponentId {
        &self.id
    }

    /// One of its endpoints, whether anybody serves it or not.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the name breaks the rule of [`EndpointName`].
    pub fn endpoint(&self, name: &str) -> Result<EndpointHandle> {
        Ok(EndpointHandle { runtime: self.runtime.clone(), id: self.id.endpoint(EndpointName::new(name)?) })
    }

    /// A client of all its endpoints.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn client(&self) -> Result<Client> {
        Client::connect(&self.runtime, self.id.clone()).await
    }

    /// Publishes events about the component, and not about its endpoints, on a topic.
    ///
    /// # Errors
    /// As [`EventPublisher::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the topic breaks the rule of
    /// [`TopicName`].
    pub async fn publisher<T: Serialize + ?Sized>(&self, topic: &str) -> Result<EventPublisher<T>> {
        EventPublisher::new(&self.runtime, self.id.clone(), TopicName::new(topic)?).await
    }

    /// Hears what is published about the component, and not about its endpoints, on a topic.
    ///
    /// # Errors
    /// As [`EventSubscription::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the topic breaks the rule
    /// of [`TopicName`].
    pub async fn subscribe<T: DeserializeOwned>(&self, topic: &str) -> Result<EventSubscription<T>> {
        EventSubscription::new(&self.runtime, self.id.clone(), TopicName::new(topic)?).await
    }
}

/// An endpoint, seen from a runtime.
#[derive(Clone, Debug)]
pub struct EndpointHandle {
    runtime: DistributedRuntime,
    id: EndpointId,
}

impl EndpointHandle {
    /// Its identity.
    #[must_use]
    pub fn id(&self) -> &EndpointId {
        &self.id
    }

    /// A client of its component; call it with [`Client::call_named`] or [`Client::stream_named`].
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn client(&self) -> Result<Client> {
        Client::connect(&self.runtime, self.id.component_id()).await
    }

    /// Serves it by an engine, a [`Pipeline`](crate::pipeline::source::Pipeline) for example, as the only endpoint of its component
    /// in this process: `endpoint.serve(engine).await` until the runtime shuts down, or `.start().await` for a handle.
    ///
    /// The engine sees the [`Context`] of a call, and decides itself what a stop means.
    pub fn serve<In, Out>(&self, engine: impl AsyncEngine<Context<In>, Out>) -> Serve
    where
        In: ServeAs<Out>,
        Out: Send + 'static,
    {
        let mut spec = In::spec(self.id.endpoint.clone(), Arc::new(engine));
        spec.takes_context();
        let mounted = MountedComponent {
            component: self.id.component_id(),
            dependencies: &[],
            endpoints: vec![spec],
            hooks: Hooks::default(),
        };
        Serve::new(self.runtime.clone(), mounted)
    }

    /// Calls it, as the lower end of a [pipeline](crate::pipeline) or as an engine of its own.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn sink<In, Out>(&self) -> Result<SegmentSink<In, Out>>
    where
        In: CallAs<Out>,
        Out: Send + 'static,
    {
        Ok(SegmentSink::new(&self.client().await?, self.id.endpoint.clone()))
    }

    /// Who serves it right now.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn instances(&self) -> Result<Vec<Instance>> {
        let list: InstanceList = self.client().await?.instances(&self.id.endpoint);
        Ok(list.instances.iter().map(|instance| Instance::clone(instance)).collect())
    }

    /// Publishes events about the endpoint, on a topic.
    ///
    /// # Errors
    /// As [`EventPublisher::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the topic breaks the rule of
    /// [`TopicName`].
    pub async fn publisher<T: Serialize + ?Sized>(&self, topic: &str) -> Result<EventPublisher<T>> {
        EventPublisher::new(&self.runtime, self.id.clone(), TopicName::new(topic)?).await
    }

    /// Hears what is published about the endpoint, on a topic.
    ///
    /// # Errors
    /// As [`EventSubscription::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the topic breaks the rule
    /// of [`TopicName`].
    pub async fn subscribe<T: DeserializeOwned>(&self, topic: &str) -> Result<EventSubscription<T>> {
        EventSubscription::new(&self.runtime, self.id.clone(), TopicName::new(topic)?).await
    }
}

impl DistributedRuntime {
    /// A namespace by a name that is only known at run time.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the name breaks the rule of [`NamespaceName`].
    pub fn namespace(&self, name: &str) -> Result<Namespace> {
        Ok(Namespace::new(self.clone(), NamespaceName::new(name)?))
    }
}
