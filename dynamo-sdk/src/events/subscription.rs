//! The subscribing side of an event channel.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll, ready};
use std::time::{Duration, SystemTime};

use futures::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use tokio::task::coop::poll_proceed;
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

/// An event, with its origin and position.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<T> {
    /// The payload.
    pub payload: T,
    /// The id of its publisher. A recreated publisher has a different id.
    pub publisher: PublisherId,
    /// Its sequence number within the publisher's events, starting at 0.
    pub sequence: u64,
    /// When it was published, by the publisher's clock, in milliseconds.
    pub published_at: SystemTime,
    /// The number of events of this publisher that are missing between the previous one and this one.
    /// They were lost in transit, or here because the subscription was read too slowly
    /// ([`EventCounts::lagged`]). Always 0 for a publisher's first event, because a subscription starts
    /// midway.
    pub missed_before: u64,
}

/// An item of a subscription that is not a valid event. The subscription continues after it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The payload does not have the expected type.
    #[error("cannot decode event {sequence} of publisher {publisher} as the expected type")]
    Undecodable {
        /// The id of its publisher.
        publisher: PublisherId,
        /// Its sequence number.
        sequence: u64,
        /// The number of events missing before it, as in [`Event::missed_before`].
        missed_before: u64,
        /// The error of the decoder.
        source: BoxError,
    },
}

/// A stream of the events of one type on one topic of one scope. Ends when the runtime shuts down.
///
/// **Best effort**, see [`EventPublisher`](crate::events::publisher::EventPublisher). Received events
/// wait in a queue of `DYN_ZMQ_EVENT_SUBSCRIBER_CHANNEL_CAPACITY` events and at most 64 MiB. When it is
/// full, the oldest events are dropped and counted in [`counts`](Self::counts). Publishers are connected
/// and disconnected as discovery reports them. Dropping the subscription closes its connections and ends
/// its tasks.
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
        let inlet = Arc::new(SubscriberQueue::new(
            channel.clone(),
            capacity,
            limit,
            system.runtime().observers().clone(),
        ));
        let tap = system.bus().await?.subscribe(&channel, Arc::clone(&inlet)).await?;
        let ended = CancellationToken::new();
        let end = ended.clone().drop_guard();
        let keep = keep(system.publishers(), channel.clone(), tap, Arc::clone(&inlet));
        drop(system.runtime().spawn_secondary(async move { ended.run_until_cancelled(keep).await }));
        Ok(Self { channel, inlet, gaps: Gaps::default(), _end: end, event: PhantomData })
    }

    /// Returns the next event, or `None` when the runtime has shut down.
    ///
    /// # Errors
    /// As an item: [`EventError`] if the event does not have the expected type.
    ///
    /// # Cancel safety
    /// Cancel safe: no event is lost.
    pub async fn recv(&mut self) -> Option<Result<Event<T>, EventError>> {
        self.next().await
    }
}

impl<T> EventSubscription<T> {
    /// Returns the scope of its events.
    #[must_use]
    pub fn scope(&self) -> &EventScope {
        &self.channel.scope
    }

    /// Returns the topic of its events.
    #[must_use]
    pub fn topic(&self) -> &TopicName {
        &self.channel.topic
    }

    /// Returns its counters.
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
        // A reader slower than its publishers would never let the other tasks of its thread run.
        let budget = ready!(poll_proceed(task));
        let Some(raw) = ready!(self.inlet.poll_next(task)) else { return Poll::Ready(None) };
        budget.made_progress();
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
