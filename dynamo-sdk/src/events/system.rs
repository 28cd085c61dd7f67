//! The events of one runtime: the event plane, connected on first use, and the publisher cache.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::config::Config;
use crate::discovery::contract::Discovery;
use crate::error::Result;
use crate::events::publishers::PublisherCache;
use crate::runtime::Runtime;
use crate::transport::event::EventTransport;
use crate::transport::event::memory::MemoryBus;
use crate::transport::open::event_plane;

/// The event plane of a runtime, connected on first use, and the cache of publishers.
#[derive(Debug)]
pub(crate) struct EventSystem {
    runtime: Runtime,
    config: Config,
    discovery: Arc<dyn Discovery>,
    bus: OnceCell<Arc<dyn EventTransport>>,
    publishers: PublisherCache,
}

impl EventSystem {
    pub(crate) fn new(runtime: Runtime, config: Config, discovery: Arc<dyn Discovery>) -> Self {
        Self::with_bus(OnceCell::new(), runtime, config, discovery)
    }

    /// Creates the system on an existing memory bus.
    pub(crate) fn within(
        hub: MemoryBus,
        runtime: Runtime,
        config: Config,
        discovery: Arc<dyn Discovery>,
    ) -> Self {
        let bus = OnceCell::new_with(Some(Arc::new(hub) as Arc<dyn EventTransport>));
        Self::with_bus(bus, runtime, config, discovery)
    }

    fn with_bus(
        bus: OnceCell<Arc<dyn EventTransport>>,
        runtime: Runtime,
        config: Config,
        discovery: Arc<dyn Discovery>,
    ) -> Self {
        let publishers = PublisherCache::new(runtime.clone(), Arc::clone(&discovery), ());
        Self { runtime, config, discovery, bus, publishers }
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
        self.bus.get_or_try_init(|| event_plane(&self.runtime, &self.config)).await
    }

    pub(super) fn publishers(&self) -> &PublisherCache {
        &self.publishers
    }

    /// Closes the connections of the plane.
    pub(crate) async fn shutdown(&self) {
        if let Some(bus) = self.bus.get() {
            bus.shutdown().await;
        }
    }
}
