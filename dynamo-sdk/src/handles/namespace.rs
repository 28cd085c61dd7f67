//! Cheap handles that lead from a runtime to an endpoint by names known only at run time.

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

/// A handle to a namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    runtime: DistributedRuntime,
    name: NamespaceName,
}

impl Namespace {
    pub(crate) fn new(runtime: DistributedRuntime, name: NamespaceName) -> Self {
        Self { runtime, name }
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &NamespaceName {
        &self.name
    }

    /// Returns a handle to a component of this namespace, whether it is served or not.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the name is not a valid
    /// [`ComponentName`].
    pub fn component(&self, name: &str) -> Result<ComponentHandle> {
        let id = ComponentId::new(self.name.clone(), ComponentName::new(name)?);
        Ok(ComponentHandle { runtime: self.runtime.clone(), id })
    }

    /// Opens a publisher of events about the namespace itself, not about its components.
    ///
    /// # Errors
    /// Those of [`EventPublisher::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if
    /// the topic is not a valid [`TopicName`].
    ///
    /// # Cancel safety
    /// Dropping the future undoes what it has done so far.
    pub async fn publisher<T: Serialize + ?Sized>(&self, topic: &str) -> Result<EventPublisher<T>> {
        EventPublisher::new(&self.runtime, self.name.clone(), TopicName::new(topic)?).await
    }

    /// Subscribes to events about the namespace itself, not about its components.
    ///
    /// # Errors
    /// Those of [`EventSubscription::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid)
    /// if the topic is not a valid [`TopicName`].
    ///
    /// # Cancel safety
    /// Dropping the future undoes what it has done so far.
    pub async fn subscribe<T: DeserializeOwned>(&self, topic: &str) -> Result<EventSubscription<T>> {
        EventSubscription::new(&self.runtime, self.name.clone(), TopicName::new(topic)?).await
    }
}

/// A handle to a component.
#[derive(Clone, Debug)]
pub struct ComponentHandle {
    runtime: DistributedRuntime,
    id: ComponentId,
}

impl ComponentHandle {
    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> &ComponentId {
        &self.id
    }

    /// Returns a handle to one of its endpoints, whether it is served or not.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the name is not a valid
    /// [`EndpointName`].
    pub fn endpoint(&self, name: &str) -> Result<EndpointHandle> {
        Ok(EndpointHandle { runtime: self.runtime.clone(), id: self.id.endpoint(EndpointName::new(name)?) })
    }

    /// Creates a client for all its endpoints.
    ///
    /// # Errors
    /// Those of [`Client::connect`].
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn client(&self) -> Result<Client> {
        Client::connect(&self.runtime, self.id.clone()).await
    }

    /// Opens a publisher of events about the component itself, not about its endpoints.
    ///
    /// # Errors
    /// Those of [`EventPublisher::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if
    /// the topic is not a valid [`TopicName`].
    ///
    /// # Cancel safety
    /// Dropping the future undoes what it has done so far.
    pub async fn publisher<T: Serialize + ?Sized>(&self, topic: &str) -> Result<EventPublisher<T>> {
        EventPublisher::new(&self.runtime, self.id.clone(), TopicName::new(topic)?).await
    }

    /// Subscribes to events about the component itself, not about its endpoints.
    ///
    /// # Errors
    /// Those of [`EventSubscription::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid)
    /// if the topic is not a valid [`TopicName`].
    ///
    /// # Cancel safety
    /// Dropping the future undoes what it has done so far.
    pub async fn subscribe<T: DeserializeOwned>(&self, topic: &str) -> Result<EventSubscription<T>> {
        EventSubscription::new(&self.runtime, self.id.clone(), TopicName::new(topic)?).await
    }
}

/// A handle to an endpoint.
#[derive(Clone, Debug)]
pub struct EndpointHandle {
    runtime: DistributedRuntime,
    id: EndpointId,
}

impl EndpointHandle {
    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> &EndpointId {
        &self.id
    }

    /// Creates a client for its component. Call the endpoint with [`Client::call_named`] or
    /// [`Client::stream_named`].
    ///
    /// # Errors
    /// Those of [`Client::connect`].
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn client(&self) -> Result<Client> {
        Client::connect(&self.runtime, self.id.component_id()).await
    }

    /// Serves the endpoint with an engine, for example a
    /// [`Pipeline`](crate::pipeline::source::Pipeline), as the only endpoint of its component in this
    /// process. Await `endpoint.serve(engine)` to serve until the runtime shuts down, or call
    /// `.start().await` for a handle.
    ///
    /// The engine receives the [`Context`] of each call and decides itself how to react to a stop.
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

    /// Creates an engine that calls the endpoint: the lower end of a [pipeline](crate::pipeline), or
    /// used on its own.
    ///
    /// # Errors
    /// Those of [`Client::connect`].
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn sink<In, Out>(&self) -> Result<SegmentSink<In, Out>>
    where
        In: CallAs<Out>,
        Out: Send + 'static,
    {
        Ok(SegmentSink::new(&self.client().await?, self.id.endpoint.clone()))
    }

    /// Returns the instances that currently serve the endpoint.
    ///
    /// # Errors
    /// Those of [`Client::connect`].
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn instances(&self) -> Result<Vec<Instance>> {
        let list: InstanceList = self.client().await?.instances(&self.id.endpoint);
        Ok(list.instances.iter().map(|instance| Instance::clone(instance)).collect())
    }

    /// Opens a publisher of events about the endpoint.
    ///
    /// # Errors
    /// Those of [`EventPublisher::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if
    /// the topic is not a valid [`TopicName`].
    ///
    /// # Cancel safety
    /// Dropping the future undoes what it has done so far.
    pub async fn publisher<T: Serialize + ?Sized>(&self, topic: &str) -> Result<EventPublisher<T>> {
        EventPublisher::new(&self.runtime, self.id.clone(), TopicName::new(topic)?).await
    }

    /// Subscribes to events about the endpoint.
    ///
    /// # Errors
    /// Those of [`EventSubscription::new`], and [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid)
    /// if the topic is not a valid [`TopicName`].
    ///
    /// # Cancel safety
    /// Dropping the future undoes what it has done so far.
    pub async fn subscribe<T: DeserializeOwned>(&self, topic: &str) -> Result<EventSubscription<T>> {
        EventSubscription::new(&self.runtime, self.id.clone(), TopicName::new(topic)?).await
    }
}

impl DistributedRuntime {
    /// Returns a handle to a namespace.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the name is not a valid
    /// [`NamespaceName`].
    pub fn namespace(&self, name: &str) -> Result<Namespace> {
        Ok(Namespace::new(self.clone(), NamespaceName::new(name)?))
    }
}
