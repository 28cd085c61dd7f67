//! The events of one runtime: the event plane, connected on first use, and the publisher cache.

use std::sync::{Arc, Mutex, Weak};

use tokio::sync::OnceCell;

use crate::config::Config;
use crate::config::events::EventPlane;
use crate::discovery::Discovery;
use crate::error::Result;
#[cfg(not(all(feature = "zmq", feature = "nats")))]
use crate::error::{Error, ErrorKind};
use crate::events::publishers::PublisherWatch;
use crate::runtime::Runtime;
use crate::transport::event::EventTransport;
use crate::transport::event::memory::MemoryBus;

/// The event plane of a runtime, connected on first use, and the cache of publishers.
#[derive(Debug)]
pub(crate) struct EventSystem {
    runtime: Runtime,
    config: Config,
    discovery: Arc<dyn Discovery>,
    bus: OnceCell<Arc<dyn EventTransport>>,
    feed: Mutex<Weak<PublisherWatch>>,
}

impl EventSystem {
    pub(crate) fn new(runtime: Runtime, config: Config, discovery: Arc<dyn Discovery>) -> Self {
        Self { runtime, config, discovery, bus: OnceCell::new(), feed: Mutex::default() }
    }

    /// Creates the system on an existing memory bus.
    pub(crate) fn within(
        hub: MemoryBus,
        runtime: Runtime,
        config: Config,
        discovery: Arc<dyn Discovery>,
    ) -> Self {
        let bus = OnceCell::new_with(Some(Arc::new(hub) as Arc<dyn EventTransport>));
        Self { runtime, config, discovery, bus, feed: Mutex::default() }
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn discovery(&self) -> &Arc<dyn Discovery> {
        &self.discovery
    }

    /// Returns the event plane, connecting it on first use.
    pub(crate) async fn bus(&self) -> Result<&Arc<dyn EventTransport>> {
        self.bus.get_or_try_init(|| self.open()).await
    }

    async fn open(&self) -> Result<Arc<dyn EventTransport>> {
        match self.config.event_plane() {
            EventPlane::Memory => Ok(Arc::new(MemoryBus::default())),
            #[cfg(feature = "zmq")]
            EventPlane::Zmq => Ok(Arc::new(crate::transport::event::zmq::ZmqEventTransport::new(
                self.runtime.clone(),
                self.config.clone(),
            ))),
            #[cfg(feature = "nats")]
            EventPlane::Nats => Ok(Arc::new(
                crate::transport::nats::event::NatsEventTransport::connect(&self.runtime, &self.config)
                    .await?,
            )),
            #[cfg(not(all(feature = "zmq", feature = "nats")))]
            other => Err(not_built_in(other)),
        }
    }

    pub(super) fn feed(&self) -> Arc<PublisherWatch> {
        PublisherWatch::shared(&self.feed, &self.runtime, &self.discovery)
    }

    /// Closes the connections of the plane.
    pub(crate) async fn shutdown(&self) {
        if let Some(bus) = self.bus.get() {
            bus.shutdown().await;
        }
    }
}

/// The error for an event plane that is not compiled in.
#[cfg(not(all(feature = "zmq", feature = "nats")))]
fn not_built_in(plane: EventPlane) -> Error {
    let name = plane.name();
    let what = format!(
        "the event plane {name} (DYN_EVENT_PLANE) is not built in; build with --features {name}, or set \
         DYN_EVENT_PLANE=memory for events within this process"
    );
    Error::new(ErrorKind::Invalid, what)
}
