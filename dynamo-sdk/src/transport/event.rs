//! Event transports: one publisher, any number of subscribers, no replies, no delivery guarantee.
//!
//! The contract of every transport:
//!
//! 1. Events of one publisher arrive in the order in which they were sent, never twice; any of them may
//!    be lost.
//! 2. Sending never waits for subscribers. Queues for slow subscribers are bounded and drop the oldest
//!    event.
//! 3. Dropping a sink or a subscription closes its sockets and tasks.
//! 4. Messages that cannot be parsed are counted and dropped.

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

/// An event transport.
#[async_trait]
pub(crate) trait EventTransport: fmt::Debug + Send + Sync + 'static {
    /// Opens a channel for one publisher.
    async fn publish(&self, channel: &Channel) -> Result<Box<dyn PublisherSink>>;

    /// Opens a channel for one subscriber. On return, events of known publishers already arrive.
    /// Transports that connect to publishers one by one know none at that point.
    async fn subscribe(
        &self,
        channel: &Channel,
        inlet: Arc<SubscriberQueue>,
    ) -> Result<Box<dyn Subscription>>;

    /// Closes connections. Bounded in time.
    async fn shutdown(&self);
}

/// The sending end of one publisher. Dropping it closes it; events sent just before may still be
/// delivered.
#[async_trait]
pub(crate) trait PublisherSink: fmt::Debug + Send + Sync {
    /// Returns the address for the publisher's record, or `None` if subscribers need none.
    fn address(&self) -> Option<PublisherAddress>;

    /// Sends one event, encoded in `envelope`.
    async fn send(&self, event: &RawEvent, envelope: Bytes) -> Result<()>;

    /// Returns how many events were dropped here because a subscriber was too slow, counted per
    /// subscriber.
    fn dropped(&self) -> u64;
}

/// The receiving end of one channel. Dropping it closes it.
pub(crate) trait Subscription: Send {
    /// Returns whether it needs to know the publishers.
    fn follows(&self) -> bool;

    /// Sets the complete list of publishers.
    fn update(&mut self, publishers: &[PublisherRecord]);
}
