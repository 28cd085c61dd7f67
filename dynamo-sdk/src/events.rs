//! Publish/subscribe: publishers do not know their subscribers, and receive no reply.
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
//! A channel is a scope (a namespace, a component or an endpoint) and a topic; publisher and subscriber
//! name the same one. Both may come and go in any order. Delivery is best effort, see
//! [`EventPublisher`].
//!
//! The event plane (`DYN_EVENT_PLANE`) transports the events. All processes of a deployment must use the
//! same one; all but `memory` have the wire format of Dynamo 1.6.1:
//!
//! - `zmq`: directly from each publisher's socket to its subscribers, which find it through discovery.
//!   Only the direct mode is implemented: brokers (`DYN_ZMQ_BROKER_URL`) are neither used nor
//!   discovered.
//! - `nats`: over the server named by `NATS_SERVER`, on a separate connection.
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
