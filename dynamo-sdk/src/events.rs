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

pub(crate) mod gaps;
pub(crate) mod publisher;
pub(crate) mod publishers;
pub(crate) mod subscription;
pub(crate) mod system;

pub use crate::address::publisher::PublisherId;
pub use crate::address::scope::EventScope;
pub use crate::events::publisher::EventPublisher;
pub use crate::events::subscription::{Event, EventError, EventSubscription};
pub use crate::transport::event::counts::EventCounts;
