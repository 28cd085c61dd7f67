//! Dynamo's NATS event plane (docs/wire/events.md#nats-events): the bare envelope on the subject of its
//! channel, without headers and without a queue group, so that every subscriber receives it.
//!
//! Uses a separate connection, so that a flood of events does not delay requests and a slow subscriber
//! does not lose acknowledgements.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::address::scope::Channel;
use crate::config::nats::NatsSettings;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::Runtime;
use crate::transport::event::subscriber_queue::SubscriberQueue;
use crate::transport::event::{EventTransport, PublisherSink, Subscription};
use crate::transport::nats::inbox::Inbox;
use crate::transport::nats::link::NatsLink;
use crate::transport::nats::subscription::LinkSubscription;
use crate::wire::channel::{PublisherAddress, PublisherRecord};
use crate::wire::envelope::RawEvent;

/// How long an event waits for room on the connection. Older events are better dropped.
const ROOM: Duration = Duration::from_secs(1);

/// Time limit for unsubscribing.
const LEAVE: Duration = Duration::from_secs(1);

/// The NATS event plane.
pub(crate) struct NatsEventTransport {
    runtime: Runtime,
    link: NatsLink,
    inbox: Inbox,
    /// Time limit for the server to confirm a subscription.
    confirm: Duration,
}

impl NatsEventTransport {
    /// Connects to the server named by `settings`, waiting for it if necessary.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`] after the startup limit, [`ErrorKind::Denied`] or
    /// [`ErrorKind::Invalid`] immediately.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub(crate) async fn connect(runtime: &Runtime, settings: &NatsSettings) -> Result<Self> {
        let link = NatsLink::connect(runtime, settings).await?;
        let inbox = Inbox::open(runtime, &link).await?;
        Ok(Self { runtime: runtime.clone(), link, inbox, confirm: settings.nats_request_timeout })
    }
}

#[async_trait]
impl EventTransport for NatsEventTransport {
    async fn publish(&self, channel: &Channel) -> Result<Box<dyn PublisherSink>> {
        let (subject, prefix) = (channel.subject(), channel.scope.subject_prefix());
        Ok(Box::new(NatsPublisher { link: self.link.clone(), subject, prefix }))
    }

    async fn subscribe(
        &self,
        channel: &Channel,
        inlet: Arc<SubscriberQueue>,
    ) -> Result<Box<dyn Subscription>> {
        let subject = channel.subject();
        let failed = |kind, why: &str| {
            Error::new(
                kind,
                format!("cannot subscribe to {subject} at {} (NATS_SERVER): {why}", self.link.server),
            )
        };
        let events =
            self.link.subscribe(subject.clone(), None).await.map_err(|source| {
                failed(ErrorKind::Internal, "the subject is invalid").with_source(source)
            })?;
        let end = CancellationToken::new();
        let pump = pump(events, inlet, end.clone());
        drop(self.runtime.spawn_secondary(pump));
        let heard = NatsSubscription { _end: end.drop_guard() };
        // Events published from here on arrive.
        if !self.inbox.round_trip(self.confirm).await {
            return Err(failed(ErrorKind::Unreachable, "the server did not confirm the subscription"));
        }
        Ok(Box::new(heard))
    }

    async fn shutdown(&self) {
        self.link.close().await;
    }
}

impl fmt::Debug for NatsEventTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsEventTransport")
            .field("server", &self.link.server)
            .field("connected", &self.link.is_up())
            .finish_non_exhaustive()
    }
}

/// Forwards messages into the queue of the subscription, which drops the oldest when full.
async fn pump(mut events: LinkSubscription, inlet: Arc<SubscriberQueue>, end: CancellationToken) {
    while let Some(Some(message)) = end.run_until_cancelled(events.next()).await {
        inlet.take(&message.payload);
    }
    if tokio::time::timeout(LEAVE, events.unsubscribe()).await.is_err() {
        tracing::debug!("cannot unsubscribe from a subject");
    }
}

struct NatsPublisher {
    link: NatsLink,
    subject: String,
    /// The subject prefix of the scope, as advertised in the record.
    prefix: String,
}

#[async_trait]
impl PublisherSink for NatsPublisher {
    fn address(&self) -> Option<PublisherAddress> {
        Some(PublisherAddress::Nats { subject_prefix: self.prefix.clone() })
    }

    async fn send(&self, _: &RawEvent, envelope: Bytes) -> Result<()> {
        let Self { link, subject, .. } = self;
        let (size, limit) = (envelope.len(), link.client().max_payload());
        if size > limit {
            let what = format!(
                "an event of {size} bytes for {subject} exceeds the limit of the NATS server ({limit})"
            );
            return Err(Error::new(ErrorKind::Invalid, what));
        }
        let lost = || {
            let what = format!(
                "cannot publish an event to {subject}: no connection to {} (NATS_SERVER)",
                link.server
            );
            Error::new(ErrorKind::Unreachable, what)
        };
        if !link.is_up() {
            return Err(lost());
        }
        let sent = link.publish(subject.clone(), envelope, Instant::now() + ROOM).await;
        sent.map_err(|source| lost().with_source(source))
    }

    /// Drops happen at the server or at the subscriber.
    fn dropped(&self) -> u64 {
        0
    }
}

impl fmt::Debug for NatsPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsPublisher").field("subject", &self.subject).finish_non_exhaustive()
    }
}

struct NatsSubscription {
    _end: DropGuard,
}

impl Subscription for NatsSubscription {
    fn follows(&self) -> bool {
        false
    }

    fn update(&mut self, _: &[PublisherRecord]) {}
}
