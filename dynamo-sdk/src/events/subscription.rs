//! The side that hears what happened.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll, ready};
use std::time::{Duration, SystemTime};

use futures::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::address::names::TopicName;
use crate::address::publisher::PublisherId;
use crate::address::scope::{Channel, EventScope};
use crate::error::{BoxError, Result};
use crate::events::gaps::Gaps;
use crate::events::publishers::keep;
use crate::events::system::EventSystem;
use crate::transport::event::counts::EventCounts;
use crate::transport::event::subscriber_queue::SubscriberQueue;
use crate::wire::codec::Codec;
use crate::wire::envelope::RawEvent;

/// What a publisher said, with what is known about the saying.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<T> {
    /// What was published.
    pub payload: T,
    /// Who published it. A publisher that was made again is another one.
    pub publisher: PublisherId,
    /// Its number among the events of this publisher, from 0 on.
    pub sequence: u64,
    /// When it was published, by the clock of the publisher, in whole milliseconds.
    pub published_at: SystemTime,
    /// How many events of this publisher should have come between the one before and this one, and did not. They were lost on
    /// the way, or here because this subscription was read too slowly ([`EventCounts::lagged`]). Before the first event of a
    /// publisher nothing is missing, because a subscription begins in the middle.
    pub missed_before: u64,
}

/// Why one item of a subscription is no event. The subscription goes on behind it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The payload is not of the expected type.
    #[error("event {sequence} of publisher {publisher} cannot be read as the expected type")]
    Undecodable {
        /// Who published it.
        publisher: PublisherId,
        /// Its number.
        sequence: u64,
        /// How many events are missing before it, as for [`Event::missed_before`].
        missed_before: u64,
        /// What the decoder says.
        source: BoxError,
    },
}

/// The events of one type on one topic of one scope, as a stream. It ends when the runtime shuts down.
///
/// **Best effort**, as [`EventPublisher`](crate::events::publisher::EventPublisher) says. What arrives waits here until it is read, in a queue
/// of `DYN_ZMQ_EVENT_SUBSCRIBER_CHANNEL_CAPACITY` events and at most 64 MiB; when it is full, the oldest events go, which
/// [`counts`](Self::counts) tells. Publishers that come later are found, and those that go are left, as discovery tells.
/// Dropping the subscription closes its connections and ends its tasks.
pub struct EventSubscription<T> {
    channel: Channel,
    inlet: Arc<SubscriberQueue>,
    gaps: Gaps,
    _end: DropGuard,
    event: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> EventSubscription<T> {
    /// Opens a subscription on the event plane of `system`.
    pub(crate) async fn open(system: &EventSystem, scope: EventScope, topic: TopicName) -> Result<Self> {
        let channel = Channel { scope, topic };
        let (capacity, limit) = (system.config().event.event_queue, system.config().event.max_event_size);
        let inlet = Arc::new(SubscriberQueue::new(capacity, limit));
        let tap = system.bus().await?.subscribe(&channel, Arc::clone(&inlet)).await?;
        let ended = CancellationToken::new();
        let end = ended.clone().drop_guard();
        let keep = keep(system.publishers(), channel.clone(), tap, Arc::clone(&inlet));
        drop(system.runtime().spawn_secondary(async move { ended.run_until_cancelled(keep).await }));
        Ok(Self { channel, inlet, gaps: Gaps::default(), _end: end, event: PhantomData })
    }

    /// The next event; `None` when the runtime has shut down.
    ///
    /// # Errors
    /// As an item: the event is not of the expected type.
    ///
    /// # Cancel safety
    /// Cancel safe: no event is lost.
    pub async fn recv(&mut self) -> Option<Result<Event<T>, EventError>> {
        self.next().await
    }
}

impl<T> EventSubscription<T> {
    /// Whose events it hears.
    #[must_use]
    pub fn scope(&self) -> &EventScope {
        &self.channel.scope
    }

    /// What the events are about.
    #[must_use]
    pub fn topic(&self) -> &TopicName {
        &self.channel.topic
    }

    /// What happened so far.
    #[must_use]
    pub fn counts(&self) -> EventCounts {
        self.inlet.counts()
    }

    pub(crate) fn inlet(&self) -> &Arc<SubscriberQueue> {
        &self.inlet
    }
}

impl<T: DeserializeOwned> Stream for EventSubscription<T> {
    type Item = Result<Event<T>, EventError>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        let Some(raw) = ready!(self.inlet.poll_next(task)) else { return Poll::Ready(None) };
        let missed_before = self.gaps.before(raw.publisher, raw.sequence);
        Poll::Ready(Some(read(raw, missed_before)))
    }
}

fn read<T: DeserializeOwned>(raw: RawEvent, missed_before: u64) -> Result<Event<T>, EventError> {
    let RawEvent { publisher, sequence, published_at, payload } = raw;
    match Codec::MsgPack.decode(&payload) {
        Ok(payload) => {
            let since = Duration::from_millis(published_at);
            let published_at = SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH);
            Ok(Event { payload, publisher, sequence, published_at, missed_before })
        }
        Err(error) => {
            Err(EventError::Undecodable { publisher, sequence, missed_before, source: error.into() })
        }
    }
}

impl<T> Unpin for EventSubscription<T> {}

impl<T> fmt::Debug for EventSubscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSubscription")
            .field("channel", &format_args!("{}", self.channel))
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
