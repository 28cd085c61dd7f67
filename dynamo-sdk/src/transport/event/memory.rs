//! The in-process event transport: no sockets, no tasks.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use bytes::Bytes;

use crate::address::scope::Channel;
use crate::error::Result;
use crate::sync::Lock;
use crate::transport::event::subscriber_queue::SubscriberQueue;
use crate::transport::event::{EventTransport, PublisherSink, Subscription};
use crate::wire::channel::{PublisherAddress, PublisherRecord};
use crate::wire::envelope::RawEvent;

/// The bus that connects the runtimes of one process. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryBus {
    subscribers: Arc<Lock<HashMap<Channel, Vec<Weak<SubscriberQueue>>>>>,
}

#[async_trait]
impl EventTransport for MemoryBus {
    async fn publish(&self, channel: &Channel) -> Result<Box<dyn PublisherSink>> {
        Ok(Box::new(MemoryPublisher { hub: self.clone(), channel: channel.clone() }))
    }

    async fn subscribe(
        &self,
        channel: &Channel,
        inlet: Arc<SubscriberQueue>,
    ) -> Result<Box<dyn Subscription>> {
        self.subscribers.lock().entry(channel.clone()).or_default().push(Arc::downgrade(&inlet));
        Ok(Box::new(MemorySubscription { hub: self.clone(), channel: channel.clone(), inlet }))
    }

    async fn shutdown(&self) {}
}

#[derive(Debug)]
struct MemoryPublisher {
    hub: MemoryBus,
    channel: Channel,
}

#[async_trait]
impl PublisherSink for MemoryPublisher {
    fn address(&self) -> Option<PublisherAddress> {
        None
    }

    async fn send(&self, _: &RawEvent, envelope: Bytes) -> Result<()> {
        let inlets: Vec<_> = match self.hub.subscribers.lock().get(&self.channel) {
            Some(inlets) => inlets.iter().filter_map(Weak::upgrade).collect(),
            None => return Ok(()),
        };
        for inlet in inlets {
            inlet.take(&envelope);
        }
        Ok(())
    }

    /// Drops happen at the subscriber, which counts them.
    fn dropped(&self) -> u64 {
        0
    }
}

struct MemorySubscription {
    hub: MemoryBus,
    channel: Channel,
    inlet: Arc<SubscriberQueue>,
}

impl Subscription for MemorySubscription {
    fn follows(&self) -> bool {
        false
    }

    fn update(&mut self, _: &[PublisherRecord]) {}
}

impl Drop for MemorySubscription {
    fn drop(&mut self) {
        let mut channels = self.hub.subscribers.lock();
        if let Some(inlets) = channels.get_mut(&self.channel) {
            inlets.retain(|inlet| !std::ptr::eq(inlet.as_ptr(), Arc::as_ptr(&self.inlet)));
            if inlets.is_empty() {
                channels.remove(&self.channel);
            }
        }
    }
}
