//! The ways events travel: from a publisher to everybody who listens, without an answer, and without a promise.
//!
//! What a bus does, whatever it is made of:
//!
//! 1. Events of one publisher arrive in the order in which they were sent, none twice; any of them may be lost.
//! 2. Sending waits for no subscriber. What waits for a slow one is bounded, and it is the oldest that goes.
//! 3. Dropping an outlet or a tap takes its sockets and tasks with it.
//! 4. What arrives and cannot be understood is counted and dropped.

pub(crate) mod counts;
pub(crate) mod memory;
pub(crate) mod queue;
pub(crate) mod subscriber_queue;
#[cfg(feature = "zmq")]
pub(crate) mod zmq;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::address::scope::Channel;
use crate::error::Result;
use crate::transport::event::subscriber_queue::SubscriberQueue;
use crate::wire::channel::{PublisherAddress, PublisherRecord};
use crate::wire::envelope::RawEvent;

/// A way for events to travel.
#[async_trait]
pub(crate) trait EventTransport: fmt::Debug + Send + Sync + 'static {
    /// Opens a channel for one publisher.
    async fn publish(&self, channel: &Channel) -> Result<Box<dyn PublisherSink>>;

    /// Opens a channel for one subscriber. When this returns, events of those who are known already arrive; where publishers
    /// have to be known one by one, that is nobody yet.
    async fn subscribe(
        &self,
        channel: &Channel,
        inlet: Arc<SubscriberQueue>,
    ) -> Result<Box<dyn Subscription>>;

    /// Closes connections. Bounded in time.
    async fn shutdown(&self);
}

/// Where the events of one publisher leave. Dropping it ends it; what was sent just before may still go.
#[async_trait]
pub(crate) trait PublisherSink: fmt::Debug + Send + Sync {
    /// Where they are heard, for the record of the publisher; `None` if nobody has to be told.
    fn address(&self) -> Option<PublisherAddress>;

    /// Sends one event, which is in `envelope`.
    async fn send(&self, event: &RawEvent, envelope: Bytes) -> Result<()>;

    /// How many events, counted for each subscriber, were dropped here because it was too slow.
    fn dropped(&self) -> u64;
}

/// Where the events of one channel arrive. Dropping it ends it.
pub(crate) trait Subscription: Send {
    /// Whether it has to be told who publishes.
    fn follows(&self) -> bool;

    /// Says who publishes, all of them.
    fn update(&mut self, publishers: &[PublisherRecord]);
}
