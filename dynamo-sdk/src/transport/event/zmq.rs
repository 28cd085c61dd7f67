//! Dynamo's ZMQ event plane in direct mode (docs/wire/events.md#zmq-direct-mode): each publisher listens on a
//! port, which subscribers find through discovery and connect to.
//!
//! The port trusts its network, as Dynamo's does: any peer that reaches it may subscribe. Brokers
//! (docs/wire/events.md#zmq-broker-mode) are not implemented.

pub(crate) mod message;
pub(crate) mod publish;
pub(crate) mod subscribe;
pub(crate) mod zmtp;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::address::scope::Channel;
use crate::config::Config;
use crate::error::Result;
use crate::runtime::Runtime;
use crate::transport::event::subscriber_queue::SubscriberQueue;
use crate::transport::event::{EventTransport, PublisherSink, Subscription};

/// Time limit of the ZMTP handshake. libzmq allows 30 s; a failed attempt is simply retried.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The ZMQ event plane. Stateless: every publisher and subscriber owns its sockets.
#[derive(Debug)]
pub(crate) struct ZmqEventTransport {
    runtime: Runtime,
    config: Config,
}

impl ZmqEventTransport {
    pub(crate) fn new(runtime: Runtime, config: Config) -> Self {
        Self { runtime, config }
    }
}

#[async_trait]
impl EventTransport for ZmqEventTransport {
    async fn publish(&self, channel: &Channel) -> Result<Box<dyn PublisherSink>> {
        Ok(Box::new(publish::PublisherSocket::open(&self.runtime, &self.config, &channel.topic).await?))
    }

    async fn subscribe(
        &self,
        channel: &Channel,
        inlet: Arc<SubscriberQueue>,
    ) -> Result<Box<dyn Subscription>> {
        Ok(Box::new(subscribe::SubscriberSockets::new(&self.runtime, &self.config, &channel.topic, inlet)))
    }

    async fn shutdown(&self) {}
}
