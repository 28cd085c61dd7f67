//! Methods of a component that hear events: subscriptions that live as long as the component is served.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::address::ids::ComponentId;
use crate::address::names::{ComponentName, EndpointName, NamespaceName, TopicName};
use crate::address::scope::EventScope;
use crate::describe::type_info::TypeInfo;
use crate::error::{BoxError, Result};
use crate::events::subscription::{Event, EventSubscription};
use crate::node::DistributedRuntime;
use crate::runtime::Runtime;
use crate::service::erased::panicked;
use crate::transport::event::counts::EventCounts;
use crate::transport::event::subscriber_queue::SubscriberQueue;

/// What a method with `#[subscribe]` returns: nothing, or `Result<(), E>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the event was handled",
    label = "a method that hears events returns nothing or `Result<(), E>`, with an error that converts into `BoxError`",
    note = "an error converts if it implements `std::error::Error`; a `String` and a `&str` do as well"
)]
pub trait IntoEventResult: Send + 'static {
    /// The error, if it was not.
    ///
    /// # Errors
    /// What the method returned.
    fn handled(self) -> Result<(), BoxError>;
}

impl IntoEventResult for () {
    fn handled(self) -> Result<(), BoxError> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError> + Send + 'static> IntoEventResult for Result<(), E> {
    fn handled(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// What a method with `#[subscribe]` can be given: any type that implements `serde::Deserialize` and owns its data.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be decoded from an event",
    label = "this type needs `serde::Deserialize`",
    note = "add `#[derive(serde::Deserialize)]` to it; it must also be `Send` and own its data",
    note = "a method that hears events takes `event: Event<T>`, or the payload `T` alone"
)]
pub trait EventPayload: DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> EventPayload for T {}

/// What a served component hears on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listener {
    /// Whose events it hears.
    pub scope: EventScope,
    /// What they are about.
    pub topic: TopicName,
    /// What happened so far.
    pub counts: ListenerCounts,
}

/// What happened to the events of one `#[subscribe]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListenerCounts {
    /// Events that the method has handled.
    pub handled: u64,
    /// Events with which it failed, or panicked.
    pub failed: u64,
    /// Events that were not of its type.
    pub undecodable: u64,
    /// Events that are missing, the sum of [`Event::missed_before`].
    pub missed: u64,
    /// What happened before that.
    pub events: EventCounts,
}

#[derive(Debug, Default)]
struct ListenerTally {
    handled: AtomicU64,
    failed: AtomicU64,
    undecodable: AtomicU64,
    missed: AtomicU64,
}

type OpenSubscription = Box<
    dyn FnOnce(DistributedRuntime, EventScope, TopicName) -> BoxFuture<'static, Result<OpenedSubscription>>
        + Send,
>;

/// A subscription that is there and whose events nobody handles yet.
struct OpenedSubscription {
    inlet: Arc<SubscriberQueue>,
    tally: Arc<ListenerTally>,
    /// Handles events until the token is cancelled.
    work: Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, ()> + Send>,
}

/// A method that hears events of `T`. It borrows the component from whoever runs it.
type EventHandler<C, T> = for<'a> fn(&'a C, Event<T>, EventReply) -> BoxFuture<'a, Result<(), BoxError>>;

/// Where a method that hears events gives what came of one. Dropping the future that comes back drops the method's.
#[derive(Debug)]
pub struct EventReply(());

impl EventReply {
    /// Whether the event was handled.
    pub fn handled<'a, R: IntoEventResult>(
        self,
        method: impl Future<Output = R> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        method.map(IntoEventResult::handled).boxed()
    }
}

/// A subscription that has its type and gets its handler next.
#[must_use = "a subscription without a handler is not there"]
pub struct ListenBuilder<'a, C, T> {
    listeners: &'a mut Listeners,
    topic: &'static str,
    payload: TypeInfo,
    /// Made where it is known that events can be decoded, so that a type of which they cannot is told once.
    open: Box<dyn FnOnce(EventHandler<C, T>) -> Option<OpenSubscription> + 'a>,
}

impl<'a, C: Send + Sync + 'static, T: EventPayload> ListenBuilder<'a, C, T> {
    /// Hears `topic` of the component itself. `component` is nothing if it is only described.
    pub(crate) fn new(listeners: &'a mut Listeners, component: Option<Arc<C>>, topic: &'static str) -> Self {
        let open = |handler| component.map(|component| opener(component, handler));
        Self { listeners, topic, payload: TypeInfo::of::<T>(), open: Box::new(open) }
    }
}

impl<'a, C, T> ListenBuilder<'a, C, T> {
    /// Adds the subscription.
    pub fn handler(self, handler: EventHandler<C, T>) -> &'a mut ListenSpec {
        self.listeners.add(ListenSpec {
            topic: TopicName::from_static(self.topic),
            namespace: None,
            component: None,
            endpoint: None,
            whole_namespace: false,
            docs: "",
            payload: self.payload,
            open: (self.open)(handler),
        })
    }
}

impl<C, T> fmt::Debug for ListenBuilder<'_, C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenBuilder").field("topic", &self.topic).finish_non_exhaustive()
    }
}

/// Opens the subscription of a handler.
fn opener<C: Send + Sync + 'static, T: EventPayload>(
    component: Arc<C>,
    handler: EventHandler<C, T>,
) -> OpenSubscription {
    Box::new(move |runtime, scope, topic| {
        async move {
            let subscription = EventSubscription::<T>::new(&runtime, scope, topic).await?;
            let (inlet, tally) = (Arc::clone(subscription.inlet()), Arc::<ListenerTally>::default());
            let counted = Arc::clone(&tally);
            let work = move |end| handle(subscription, component, handler, counted, end).boxed();
            Ok(OpenedSubscription { inlet, tally, work: Box::new(work) })
        }
        .boxed()
    })
}

/// One `#[subscribe]` on its way into the runtime. Each setter is one key of the attribute.
pub struct ListenSpec {
    pub(crate) topic: TopicName,
    namespace: Option<NamespaceName>,
    component: Option<ComponentName>,
    endpoint: Option<EndpointName>,
    whole_namespace: bool,
    pub(crate) docs: &'static str,
    pub(crate) payload: TypeInfo,
    /// Nothing if the component is only described.
    open: Option<OpenSubscription>,
}

impl ListenSpec {
    /// Hears another namespace.
    pub fn namespace(&mut self, name: &'static str) -> &mut Self {
        self.namespace = Some(NamespaceName::from_static(name));
        self
    }

    /// Hears another component.
    pub fn component(&mut self, name: &'static str) -> &mut Self {
        self.component = Some(ComponentName::from_static(name));
        self
    }

    /// Hears one endpoint of the component.
    pub fn endpoint(&mut self, name: &'static str) -> &mut Self {
        self.endpoint = Some(EndpointName::from_static(name));
        self
    }

    /// Hears the namespace, and no component of it.
    pub fn whole_namespace(&mut self) -> &mut Self {
        self.whole_namespace = true;
        self
    }

    /// The doc comment of the method.
    pub fn docs(&mut self, docs: &'static str) -> &mut Self {
        self.docs = docs;
        self
    }

    /// Says how the schema of the payload is made.
    pub fn schema(&mut self, schema: fn() -> Option<Value>) -> &mut Self {
        self.payload.schema = schema;
        self
    }

    pub(crate) fn scope(&self, own: &ComponentId) -> EventScope {
        let namespace = self.namespace.as_ref().unwrap_or(&own.namespace).clone();
        if self.whole_namespace {
            return namespace.into();
        }
        let component = self.component.as_ref().unwrap_or(&own.component).clone();
        let component = ComponentId::new(namespace, component);
        match &self.endpoint {
            Some(endpoint) => component.endpoint(endpoint.clone()).into(),
            None => component.into(),
        }
    }
}

impl fmt::Debug for ListenSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenSpec").field("topic", &self.topic).finish_non_exhaustive()
    }
}

/// Hands the events of a subscription to the component, one after the other.
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
                let crate::events::subscription::EventError::Undecodable { missed_before, .. } = &error;
                tally.missed.fetch_add(*missed_before, Ordering::Relaxed);
                let count = tally.undecodable.fetch_add(1, Ordering::Relaxed) + 1;
                complain(&subscription, count, "an event is not of the expected type", &error);
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
        complain(&subscription, count, "a method failed to handle an event", &*error);
    }
}

/// Warns of the first failure, the second, the fourth and so on: events may come by the thousand.
fn complain<T>(
    subscription: &EventSubscription<T>,
    count: u64,
    what: &str,
    error: &(dyn std::error::Error + 'static),
) {
    if count.is_power_of_two() {
        let (scope, topic) = (subscription.scope(), subscription.topic());
        tracing::warn!(%scope, %topic, so_far = count, error = %crate::error::chain::chain(error), "{what}");
    }
}

/// What the methods of a served component hear.
#[derive(Default)]
pub(crate) struct Listeners {
    specs: Vec<ListenSpec>,
    opened: Vec<(OpenedSubscription, ListenerView)>,
    running: Vec<JoinHandle<Option<()>>>,
    end: CancellationToken,
}

/// One subscription, to be looked at.
#[derive(Clone)]
pub(crate) struct ListenerView {
    scope: EventScope,
    topic: TopicName,
    inlet: Arc<SubscriberQueue>,
    tally: Arc<ListenerTally>,
}

impl ListenerView {
    /// What it heard so far.
    pub(crate) fn look(&self) -> Listener {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = ListenerCounts {
            handled: load(&self.tally.handled),
            failed: load(&self.tally.failed),
            undecodable: load(&self.tally.undecodable),
            missed: load(&self.tally.missed),
            events: self.inlet.counts(),
        };
        Listener { scope: self.scope.clone(), topic: self.topic.clone(), counts }
    }
}

impl Listeners {
    /// What is going to be heard.
    pub(crate) fn specs(&self) -> &[ListenSpec] {
        &self.specs
    }

    fn add(&mut self, spec: ListenSpec) -> &mut ListenSpec {
        self.specs.push(spec);
        let last = self.specs.len() - 1;
        &mut self.specs[last]
    }

    /// Opens all subscriptions; what they hear waits until [`run`](Self::run).
    pub(crate) async fn open(&mut self, own: &ComponentId, runtime: &DistributedRuntime) -> Result<()> {
        for mut spec in std::mem::take(&mut self.specs) {
            let (scope, Some(open)) = (spec.scope(own), spec.open.take()) else { continue };
            let opened = open(runtime.clone(), scope.clone(), spec.topic.clone()).await?;
            let (inlet, tally) = (Arc::clone(&opened.inlet), Arc::clone(&opened.tally));
            self.opened.push((opened, ListenerView { scope, topic: spec.topic, inlet, tally }));
        }
        Ok(())
    }

    /// Begins to handle what they hear, on the primary pool.
    pub(crate) fn run(&mut self, runtime: &Runtime) -> Vec<ListenerView> {
        let opened = std::mem::take(&mut self.opened);
        let (works, listening): (Vec<_>, Vec<_>) = opened.into_iter().unzip();
        self.running =
            works.into_iter().map(|opened| runtime.spawn((opened.work)(self.end.clone()))).collect();
        listening
    }

    /// Ends all subscriptions. A method that is running has `limit` to finish.
    pub(crate) async fn stop(&mut self, own: &ComponentId, limit: Duration) {
        self.end.cancel();
        let running = std::mem::take(&mut self.running);
        let aborts: Vec<_> = running.iter().map(JoinHandle::abort_handle).collect();
        if tokio::time::timeout(limit, join_all(running)).await.is_err() {
            aborts.iter().for_each(tokio::task::AbortHandle::abort);
            tracing::warn!(component = %own, ?limit, "a method did not finish with an event within its limit");
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.end.cancel();
    }
}
