//! Publishers and subscriptions, opened on a runtime.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::address::names::TopicName;
use crate::address::scope::EventScope;
use crate::error::{Error, ErrorKind, Result};
use crate::events::publisher::EventPublisher;
use crate::events::subscription::EventSubscription;
use crate::node::DistributedRuntime;

impl<T: Serialize + ?Sized> EventPublisher<T> {
    /// Opens a publisher and registers it for subscribers to discover. The runtime's handles
    /// are shorter: `runtime.namespace("demo")?.component("echo")?.publisher::<Load>("load").await?`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if the event plane is not built in or the configured port of its socket is
    /// unusable, [`ErrorKind::Unreachable`] if the server of the event plane or discovery does not answer,
    /// [`ErrorKind::ShuttingDown`] during a shutdown.
    ///
    /// # Cancel safety
    /// Dropping the future undoes what was done so far.
    pub async fn new(
        runtime: &DistributedRuntime,
        scope: impl Into<EventScope>,
        topic: TopicName,
    ) -> Result<Self> {
        Self::open(runtime.events(), scope.into(), topic).await
    }
}

impl<T: DeserializeOwned> EventSubscription<T> {
    /// Subscribes to events. Over NATS and in memory, all events published after this returns arrive. Over
    /// ZMQ, publishers are discovered and connected in the background, so early events may be missed.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if the event plane is not built in, [`ErrorKind::Unreachable`] if its server
    /// does not answer, [`ErrorKind::ShuttingDown`] during a shutdown.
    ///
    /// # Cancel safety
    /// Dropping the future undoes what was done so far.
    pub async fn new(
        runtime: &DistributedRuntime,
        scope: impl Into<EventScope>,
        topic: TopicName,
    ) -> Result<Self> {
        if runtime.is_shutting_down() {
            return Err(Error::new(
                ErrorKind::ShuttingDown,
                "cannot subscribe: the runtime is shutting down",
            ));
        }
        Self::open(runtime.events(), scope.into(), topic).await
    }
}
