//! From publishers to subscribers of the same process: no socket, no task.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use bytes::Bytes;

use crate::address::scope::Channel;
use crate::error::Result;
use crate::transport::event::inlet::Inlet;
use crate::transport::event::{Bus, Outlet, Tap};
use crate::wire::channel::{Address, Advert};
use crate::wire::envelope::Raw;

/// Where the runtimes of one process meet. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hub {
    subscribers: Arc<Mutex<HashMap<Channel, Vec<Weak<Inlet>>>>>,
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, HashMap<Channel, Vec<Weak<Inlet>>>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Bus for Hub {
    async fn publish(&self, channel: &Channel) -> Result<Box<dyn Outlet>> {
        Ok(Box::new(Here { hub: self.clone(), channel: channel.clone() }))
    }

    async fn subscribe(&self, channel: &Channel, inlet: Arc<Inlet>) -> Result<Box<dyn Tap>> {
        self.lock().entry(channel.clone()).or_default().push(Arc::downgrade(&inlet));
        Ok(Box::new(Heard { hub: self.clone(), channel: channel.clone(), inlet }))
    }

    async fn shutdown(&self) {}
}

#[derive(Debug)]
struct Here {
    hub: Hub,
    channel: Channel,
}

#[async_trait]
impl Outlet for Here {
    fn address(&self) -> Option<Address> {
        None
    }

    async fn send(&self, _: &Raw, envelope: Bytes) -> Result<()> {
        let inlets: Vec<_> = match self.hub.lock().get(&self.channel) {
            Some(inlets) => inlets.iter().filter_map(Weak::upgrade).collect(),
            None => return Ok(()),
        };
        for inlet in inlets {
            inlet.take(&envelope);
        }
        Ok(())
    }

    /// What is dropped is dropped at the subscriber, who counts it.
    fn dropped(&self) -> u64 {
        0
    }
}

struct Heard {
    hub: Hub,
    channel: Channel,
    inlet: Arc<Inlet>,
}

impl Tap for Heard {
    fn follows(&self) -> bool {
        false
    }

    fn update(&mut self, _: &[Advert]) {}
}

impl Drop for Heard {
    fn drop(&mut self) {
        let mut channels = self.hub.lock();
        if let Some(inlets) = channels.get_mut(&self.channel) {
            inlets.retain(|inlet| !std::ptr::eq(inlet.as_ptr(), Arc::as_ptr(&self.inlet)));
            if inlets.is_empty() {
                channels.remove(&self.channel);
            }
        }
    }
}
