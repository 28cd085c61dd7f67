//! Events: what a process tells everybody who cares, without knowing who that is, and without an answer.
//!
//! ```
//! use dynamo_sdk::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Load {
//!     running: u32,
//! }
//!
//! # async fn example(runtime: DistributedRuntime) -> Result<()> {
//! let worker = runtime.namespace("demo")?.component("worker")?;
//! let mut loads = worker.subscribe::<Load>("load").await?;
//! let publisher = worker.publisher::<Load>("load").await?;
//!
//! publisher.publish(&Load { running: 3 }).await?;
//! if let Some(Ok(event)) = loads.next().await {
//!     println!("{} calls, {} events missed before that", event.payload.running, event.missed_before);
//! }
//! # Ok(()) }
//! ```
//!
//! A channel is a scope (a namespace, a component or an endpoint) and a topic; both sides name the same. Whoever publishes
//! and whoever listens may come and go in any order. Everything is best effort, see [`EventPublisher`].
//!
//! How events travel is the event plane (`DYN_EVENT_PLANE`), which all processes of a deployment have to agree on; all of
//! them are Dynamo 1.6.1's on the wire:
//!
//! - `zmq`: from each publisher's own socket straight to its subscribers, who find it through discovery. Only the direct mode
//!   is here: brokers (`DYN_ZMQ_BROKER_URL`) are not used and not found.
//! - `nats`: over the server that `NATS_SERVER` names, on a connection of its own.
//! - `memory`: within one runtime, or one `LocalCluster`; nothing leaves the process.

pub(crate) mod follow;
pub(crate) mod gaps;
pub(crate) mod publisher;
pub(crate) mod subscription;

use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::OnceCell;

pub use crate::address::scope::EventScope;
pub use crate::component::listen::{Listener, ListenerCounts};
pub use crate::events::publisher::EventPublisher;
pub use crate::events::subscription::{Event, EventError, EventSubscription};

use crate::config::Config;
use crate::config::events::EventPlane;
use crate::discovery::Discovery;
use crate::error::Result;
#[cfg(not(all(feature = "zmq", feature = "nats")))]
use crate::error::{Error, ErrorKind};
use crate::events::follow::Feed;
use crate::runtime::Runtime;
use crate::transport::event::Bus;
use crate::transport::event::memory::Hub;

/// Which publisher an event is from: a random number, for as long as the publisher lives.
///
/// On the wire it is decimal in JSON and lower-case hex in keys (WIRE.md section 1.7); `Display` gives the hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublisherId(pub u64);

impl PublisherId {
    /// A new one. It has 53 bits, as in Dynamo, so that a reader that takes numbers for floats reads it right.
    fn random() -> Self {
        Self(fastrand::u64(..) & ((1 << 53) - 1))
    }
}

impl fmt::Display for PublisherId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl fmt::Debug for PublisherId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// What happened on a subscription so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventCounts {
    /// Events that arrived, whether they were read or not.
    pub received: u64,
    /// Events that arrived and were dropped here, because the subscription was not read fast enough. Their readers see them
    /// as missing as well.
    pub lagged: u64,
    /// Messages that arrived and were no events: another number of frames, no envelope, larger than allowed.
    pub malformed: u64,
    /// Publishers that are known right now, where they have to be known: over ZMQ.
    pub publishers: usize,
}

/// The events of one runtime: its event plane, connected when it is first used, and who publishes.
#[derive(Debug)]
pub(crate) struct EventsOf {
    runtime: Runtime,
    config: Config,
    discovery: Arc<dyn Discovery>,
    bus: OnceCell<Arc<dyn Bus>>,
    feed: Mutex<Weak<Feed>>,
}

impl EventsOf {
    pub(crate) fn new(runtime: Runtime, config: Config, discovery: Arc<dyn Discovery>) -> Self {
        Self { runtime, config, discovery, bus: OnceCell::new(), feed: Mutex::default() }
    }

    /// The same on a plane that is there already.
    pub(crate) fn within(hub: Hub, runtime: Runtime, config: Config, discovery: Arc<dyn Discovery>) -> Self {
        let bus = OnceCell::new_with(Some(Arc::new(hub) as Arc<dyn Bus>));
        Self { runtime, config, discovery, bus, feed: Mutex::default() }
    }

    /// The event plane.
    pub(crate) async fn bus(&self) -> Result<&Arc<dyn Bus>> {
        self.bus.get_or_try_init(|| self.open()).await
    }

    async fn open(&self) -> Result<Arc<dyn Bus>> {
        match self.config.event_plane() {
            EventPlane::Memory => Ok(Arc::new(Hub::default())),
            #[cfg(feature = "zmq")]
            EventPlane::Zmq => Ok(Arc::new(crate::transport::event::zmq::ZmqBus::new(
                self.runtime.clone(),
                self.config.clone(),
            ))),
            #[cfg(feature = "nats")]
            EventPlane::Nats => Ok(Arc::new(
                crate::transport::nats::pubsub::NatsBus::connect(&self.runtime, &self.config).await?,
            )),
            #[cfg(not(all(feature = "zmq", feature = "nats")))]
            other => Err(not_built_in(other)),
        }
    }

    fn feed(&self) -> Arc<Feed> {
        Feed::shared(&self.feed, &self.runtime, &self.discovery)
    }

    /// Closes connections.
    pub(crate) async fn shutdown(&self) {
        if let Some(bus) = self.bus.get() {
            bus.shutdown().await;
        }
    }
}

/// The error of using a plane that this build does not have.
#[cfg(not(all(feature = "zmq", feature = "nats")))]
fn not_built_in(plane: EventPlane) -> Error {
    let name = plane.name();
    let what = format!(
        "the event plane {name} (DYN_EVENT_PLANE) is not built in; build with --features {name}, or set \
         DYN_EVENT_PLANE=memory for events within this process"
    );
    Error::new(ErrorKind::Invalid, what)
}
