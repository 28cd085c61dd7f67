//! The publishing side of an event channel.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::address::names::TopicName;
use crate::address::publisher::PublisherId;
use crate::address::scope::{Channel, EventScope};
use crate::discovery::contract::LeaseState;
use crate::error::{Error, ErrorKind, Result};
use crate::events::system::EventSystem;
use crate::observe::observer::{EventInfo, EventPhase};
use crate::transport::event::PublisherSink;
use crate::wire::channel::PublisherRecord;
use crate::wire::codec::Codec;
use crate::wire::envelope;
use crate::wire::envelope::RawEvent;
use crate::wire::keys::Key;
use crate::wire::record::Record;

/// Publishes events of one type on one topic, to all subscribers of the same topic and scope.
///
/// **Best effort.** Events are neither acknowledged nor stored: late subscribers do not see earlier
/// events, a slow subscriber loses the oldest ones, and a broken connection loses those sent meanwhile.
/// A subscriber sees losses as
/// [`Event::missed_before`](crate::events::subscription::Event::missed_before). Use a call, or state
/// that can be queried, for what must not be lost.
///
/// Events of one publisher arrive in the order in which they were published. A publisher has a random
/// id; recreating it yields a different one. Dropping it removes its record and closes its socket and
/// tasks.
pub struct EventPublisher<T: ?Sized> {
    inner: PublisherInner,
    /// The sequence number of the next event. Locked until the event is handed to the transport, so that
    /// events leave in the order of their numbers.
    next: Mutex<u64>,
    event: PhantomData<fn(&T)>,
}

struct PublisherInner {
    system: Arc<EventSystem>,
    channel: Channel,
    id: PublisherId,
    outlet: Box<dyn PublisherSink>,
    /// The key of its record, if it is registered.
    key: Option<Key>,
    /// The task that registers it, while that runs.
    registering: Option<JoinHandle<Option<Result<()>>>>,
}

impl<T: Serialize + ?Sized> EventPublisher<T> {
    /// Opens a publisher on the event plane of `system` and registers it.
    pub(crate) async fn open(system: &Arc<EventSystem>, scope: EventScope, topic: TopicName) -> Result<Self> {
        let channel = Channel { scope, topic };
        let outlet = system.bus().await?.publish(&channel).await?;
        let id = PublisherId::random();
        let mut inner =
            PublisherInner { system: Arc::clone(system), channel, id, outlet, key: None, registering: None };
        if let Some(address) = inner.outlet.address() {
            let record =
                PublisherRecord { channel: inner.channel.clone(), publisher: id, address }.to_record()?;
            inner.key = Some(record.key.clone());
            inner.register(record).await?;
        }
        tracing::debug!(publisher = %id, channel = %inner.channel, "publishing events");
        Ok(Self { inner, next: Mutex::new(0), event: PhantomData })
    }

    /// Publishes one event. Returns when the event is handed to the transport: it does not wait for
    /// subscribers, and there may be none.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if the event cannot be encoded or exceeds the size limit of the plane,
    /// [`ErrorKind::Unreachable`] if the plane has no connection to its server. Subscribers see an event
    /// that failed after encoding as missing.
    ///
    /// # Cancel safety
    /// Dropping the future may lose the event, which subscribers then see as missing, but nothing else.
    pub async fn publish(&self, event: &T) -> Result<()> {
        let PublisherInner { system, channel, id, outlet, .. } = &self.inner;
        let payload = Codec::MsgPack.encode(event).map_err(|source| {
            let what = format!("cannot encode an event for {channel}");
            Error::new(ErrorKind::Invalid, what).with_source(source)
        })?;
        let (size, limit) = (payload.len(), system.config().event.max_event_size);
        if size > limit {
            let what = format!(
                "an event for {channel} has {size} bytes, which exceeds the limit of {limit} (DYN_SDK_MAX_EVENT_SIZE)"
            );
            return Err(Error::new(ErrorKind::Invalid, what));
        }
        let mut next = self.next.lock().await;
        // Consumed even if sending fails: a lost event must be visible, and no number may be used twice.
        let sequence = *next;
        *next += 1;
        let raw = RawEvent { publisher: *id, sequence, published_at: now(), payload };
        let envelope = envelope::encode(&raw, channel.topic.as_str()).map_err(|source| {
            Error::new(ErrorKind::Internal, "cannot encode the envelope of an event").with_source(source)
        })?;
        outlet.send(&raw, envelope).await?;
        let observed = EventInfo { scope: &channel.scope, topic: &channel.topic };
        system.runtime().observers().event(&observed, EventPhase::Published);
        Ok(())
    }

    /// Returns its id, which subscribers see in every event.
    #[must_use]
    pub fn id(&self) -> PublisherId {
        self.inner.id
    }

    /// Returns the scope of its events.
    #[must_use]
    pub fn scope(&self) -> &EventScope {
        &self.inner.channel.scope
    }

    /// Returns the topic of its events.
    #[must_use]
    pub fn topic(&self) -> &TopicName {
        &self.inner.channel.topic
    }

    /// Returns how many events were dropped here because subscribers were too slow, summed over all
    /// subscribers. Always 0 in memory and over NATS, where the subscriber or the server drops them.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.inner.outlet.dropped()
    }

    /// Closes the publisher and waits until its record is removed. Dropping it does that in the
    /// background.
    ///
    /// # Errors
    /// If discovery is unreachable; the record then expires with the lease.
    ///
    /// # Cancel safety
    /// Dropping the future continues the removal in the background.
    pub async fn close(mut self) -> Result<()> {
        let Some(key) = self.inner.key.clone() else { return Ok(()) };
        self.inner.system.discovery().deregister(&key).await?;
        self.inner.key = None;
        Ok(())
    }
}

impl PublisherInner {
    /// Registers the record in a task. If this future is dropped midway, `Drop` waits for that task
    /// before it removes the record.
    async fn register(&mut self, record: Record) -> Result<()> {
        let discovery = self.system.discovery().clone();
        let task = self.system.runtime().spawn_secondary(async move { discovery.register(record).await });
        let done = self.registering.insert(task).await;
        self.registering = None;
        match done {
            Ok(Some(registered)) => registered,
            Ok(None) => Err(Error::new(ErrorKind::ShuttingDown, "the runtime is shutting down")),
            Err(source) => {
                Err(Error::new(ErrorKind::Internal, "a task of the runtime failed").with_source(source))
            }
        }
    }
}

impl Drop for PublisherInner {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let discovery = self.system.discovery().clone();
        let registering = self.registering.take();
        // Does not run after a shutdown: the records were removed with the lease.
        drop(self.system.runtime().spawn_secondary(async move {
            if let Some(registering) = registering {
                let _ = registering.await;
            }
            if *discovery.lease().borrow() == LeaseState::Closed {
                return;
            }
            if let Err(error) = discovery.deregister(&key).await
                && error.kind() != ErrorKind::ShuttingDown
            {
                tracing::warn!(%key, ?error, "cannot remove the record of a publisher");
            }
        }));
    }
}

impl<T: ?Sized> fmt::Debug for EventPublisher<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventPublisher")
            .field("channel", &format_args!("{}", self.inner.channel))
            .field("id", &self.inner.id)
            .field("outlet", &self.inner.outlet)
            .finish_non_exhaustive()
    }
}

/// Milliseconds since the Unix epoch.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
