//! The side that says what happened.

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
use crate::transport::event::PublisherSink;
use crate::wire::channel::PublisherRecord;
use crate::wire::codec::Codec;
use crate::wire::envelope;
use crate::wire::envelope::RawEvent;
use crate::wire::keys::Key;
use crate::wire::record::Record;

/// Publishes events of one type on one topic, to whoever subscribes to the same topic of the same scope.
///
/// **Best effort.** Nobody acknowledges an event, and none is kept: who subscribes later does not see it, a subscriber that
/// is too slow loses the oldest events, and one whose connection breaks loses those of the meantime. What is lost is visible
/// to the subscriber, as [`Event::missed_before`](crate::events::subscription::Event::missed_before). What must not be lost is a call, or state
/// that can be asked for.
///
/// Events of one publisher arrive in the order in which they were published. It has an id of its own, which is random: a
/// publisher that is made again is another one. Dropping it takes its record, its socket and its tasks away.
pub struct EventPublisher<T: ?Sized> {
    inner: PublisherInner,
    /// The number of the next event; held until an event is on its way, so that their order is that of their numbers.
    next: Mutex<u64>,
    event: PhantomData<fn(&T)>,
}

struct PublisherInner {
    system: Arc<EventSystem>,
    channel: Channel,
    id: PublisherId,
    outlet: Box<dyn PublisherSink>,
    /// Where it is registered, if it is.
    key: Option<Key>,
    /// The task that registers it, until that is done.
    registering: Option<JoinHandle<Option<Result<()>>>>,
}

impl<T: Serialize + ?Sized> EventPublisher<T> {
    /// Opens a publisher on the event plane of `system`, and registers it.
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

    /// Publishes one event. It returns when the event is on its way, not when it has arrived: no subscriber is waited for,
    /// and there may be none.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if the event cannot be encoded or is larger than the plane allows,
    /// [`ErrorKind::Unreachable`] if the plane has no connection to its server. A subscriber sees an event that failed after
    /// it was encoded as one that is missing.
    ///
    /// # Cancel safety
    /// Dropping the future may lose the event, which subscribers then see as missing, and loses nothing else.
    pub async fn publish(&self, event: &T) -> Result<()> {
        let PublisherInner { system, channel, id, outlet, .. } = &self.inner;
        let payload = Codec::MsgPack.encode(event).map_err(|source| {
            let what = format!("an event cannot be published as {channel}");
            Error::new(ErrorKind::Invalid, what).because(source)
        })?;
        let (size, limit) = (payload.len(), system.config().event.max_event_size);
        if size > limit {
            let what = format!(
                "an event for {channel} is {size} bytes long, and {limit} are allowed (DYN_SDK_MAX_EVENT_SIZE)"
            );
            return Err(Error::new(ErrorKind::Invalid, what));
        }
        let mut next = self.next.lock().await;
        // Taken even if the event does not get away: what is missing shall be visible, and no number be used twice.
        let sequence = *next;
        *next += 1;
        let raw = RawEvent { publisher: *id, sequence, published_at: now(), payload };
        let envelope = envelope::encode(&raw, channel.topic.as_str()).map_err(|source| {
            Error::new(ErrorKind::Internal, "the envelope of an event cannot be written").because(source)
        })?;
        outlet.send(&raw, envelope).await
    }

    /// Its id, which subscribers see in every event.
    #[must_use]
    pub fn id(&self) -> PublisherId {
        self.inner.id
    }

    /// Whose events it publishes.
    #[must_use]
    pub fn scope(&self) -> &EventScope {
        &self.inner.channel.scope
    }

    /// What its events are about.
    #[must_use]
    pub fn topic(&self) -> &TopicName {
        &self.inner.channel.topic
    }

    /// How many events did not get away because a subscriber was too slow, summed over subscribers. In memory and over NATS
    /// it is always 0: there the subscriber or the server drops them.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.inner.outlet.dropped()
    }

    /// Takes the publisher away and waits until its record is gone, which dropping it does in the background.
    ///
    /// # Errors
    /// If discovery is out of reach; the record then ends with the lease.
    ///
    /// # Cancel safety
    /// Once begun, it goes on in the background.
    pub async fn close(mut self) -> Result<()> {
        let Some(key) = self.inner.key.clone() else { return Ok(()) };
        self.inner.system.discovery().deregister(&key).await?;
        self.inner.key = None;
        Ok(())
    }
}

impl PublisherInner {
    /// Puts the record, in a task: if this future is dropped half-way, the record is taken away when it is there, and not
    /// before.
    async fn register(&mut self, record: Record) -> Result<()> {
        let discovery = self.system.discovery().clone();
        let task = self.system.runtime().spawn_secondary(async move { discovery.register(record).await });
        let done = self.registering.insert(task).await;
        self.registering = None;
        match done {
            Ok(Some(registered)) => registered,
            Ok(None) => Err(Error::new(ErrorKind::ShuttingDown, "the runtime is shutting down")),
            Err(source) => {
                Err(Error::new(ErrorKind::Internal, "a task of the runtime failed").because(source))
            }
        }
    }
}

impl Drop for PublisherInner {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let discovery = self.system.discovery().clone();
        let registering = self.registering.take();
        // After a shutdown this does not run: the records went with the lease.
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
                tracing::warn!(%key, ?error, "the record of a publisher could not be taken away");
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

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
