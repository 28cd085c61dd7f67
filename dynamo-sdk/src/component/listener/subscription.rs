//! One subscription of a component: opening it, and handling its events.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::address::names::TopicName;
use crate::address::scope::EventScope;
use crate::component::listener::counts::ListenerTally;
use crate::component::listener::reply::{EventPayload, EventReply};
use crate::error::chain::chain;
use crate::error::{BoxError, Result};
use crate::events::subscription::{Event, EventError, EventSubscription};
use crate::node::DistributedRuntime;
use crate::service::erased::panicked;
use crate::transport::event::subscriber_queue::SubscriberQueue;

/// Opens a subscription of a component that is about to be served.
pub(super) type OpenSubscription = Box<
    dyn FnOnce(DistributedRuntime, EventScope, TopicName) -> BoxFuture<'static, Result<OpenedSubscription>>
        + Send,
>;

/// An open subscription whose events queue up until `work` handles them.
pub(super) struct OpenedSubscription {
    pub(super) queue: Arc<SubscriberQueue>,
    pub(super) tally: Arc<ListenerTally>,
    /// Handles events until the token is cancelled.
    pub(super) work: Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, ()> + Send>,
}

/// A method that handles events of `T`. It borrows the component from its subscription.
pub(super) type EventHandler<C, T> =
    for<'a> fn(&'a C, Event<T>, EventReply) -> BoxFuture<'a, Result<(), BoxError>>;

/// Opens the subscription of a handler.
pub(super) fn opener<C: Send + Sync + 'static, T: EventPayload>(
    component: Arc<C>,
    handler: EventHandler<C, T>,
) -> OpenSubscription {
    Box::new(move |runtime, scope, topic| {
        async move {
            let subscription = EventSubscription::<T>::new(&runtime, scope, topic).await?;
            let (queue, tally) = (Arc::clone(subscription.inlet()), Arc::<ListenerTally>::default());
            let counted = Arc::clone(&tally);
            let work = move |end| handle(subscription, component, handler, counted, end).boxed();
            Ok(OpenedSubscription { queue, tally, work: Box::new(work) })
        }
        .boxed()
    })
}

/// Passes the events of a subscription to the component, one at a time.
async fn handle<C, T>(
    mut subscription: EventSubscription<T>,
    component: Arc<C>,
    handler: EventHandler<C, T>,
    tally: Arc<ListenerTally>,
    end: CancellationToken,
) where
    C: Send + Sync + 'static,
    T: EventPayload,
{
    while let Some(Some(item)) = end.run_until_cancelled(subscription.recv()).await {
        let event = match item {
            Ok(event) => event,
            Err(error) => {
                let EventError::Undecodable { missed_before, .. } = &error;
                tally.missed.fetch_add(*missed_before, Ordering::Relaxed);
                let count = tally.undecodable.fetch_add(1, Ordering::Relaxed) + 1;
                warn_sparsely(&subscription, count, "failed to decode an event", &error);
                continue;
            }
        };
        tally.missed.fetch_add(event.missed_before, Ordering::Relaxed);
        let handled = AssertUnwindSafe(async { handler(&component, event, EventReply(())).await });
        let error: BoxError = match handled.catch_unwind().await {
            Ok(Ok(())) => {
                tally.handled.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            Ok(Err(error)) => error,
            Err(panic) => panicked(&*panic).into(),
        };
        let count = tally.failed.fetch_add(1, Ordering::Relaxed) + 1;
        warn_sparsely(&subscription, count, "failed to handle an event", &*error);
    }
}

/// Warns about the first failure, the second, the fourth and so on: there may be thousands.
fn warn_sparsely<T>(
    subscription: &EventSubscription<T>,
    count: u64,
    what: &str,
    error: &(dyn std::error::Error + 'static),
) {
    if count.is_power_of_two() {
        let (scope, topic) = (subscription.scope(), subscription.topic());
        let error = chain(error);
        tracing::warn!(%scope, %topic, so_far = count, error, "{what}");
    }
}
