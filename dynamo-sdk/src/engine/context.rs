//! The context of one request: identity, cancellation, deadline, metadata and trace, with or without a
//! payload.

pub(crate) mod child;
pub(crate) mod kill_on_drop;
pub(crate) mod slots;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) use crate::engine::context::child::ChildContext;
use crate::engine::context::slots::Slots;
use crate::engine::trace::Trace;
use crate::error::cancel::CancelCause;

tokio::task_local! {
    /// The context of the handler being polled. Calls made by the handler inherit from it.
    static CURRENT: Context;
}

/// The identity of a request, as received or created.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) deadline: Option<Instant>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) trace: Trace,
}

/// State shared by all contexts of one request, however they were derived.
struct RequestShared {
    identity: Identity,
    slots: Slots,
}

/// Cancellation states of a request. They only increase.
const STOPPED: u8 = 1;
const KILLED: u8 = 2;

/// Cancellation state shared by the clones of a context and consulted by its descendants.
struct ContextState {
    shared: Arc<RequestShared>,
    parent: Option<Arc<Self>>,
    /// Set before the tokens are cancelled. Reading it takes no lock; querying a token does.
    state: AtomicU8,
    stopped: CancellationToken,
    killed: CancellationToken,
    cause: OnceLock<CancelCause>,
}

impl ContextState {
    fn new(identity: Identity, parent: Option<&Arc<Self>>) -> Arc<Self> {
        Self::sharing(Arc::new(RequestShared { identity, slots: Slots::default() }), parent)
    }

    fn sharing(shared: Arc<RequestShared>, parent: Option<&Arc<Self>>) -> Arc<Self> {
        let token = |of: fn(&Self) -> &CancellationToken| {
            parent.map_or_else(CancellationToken::new, |parent| of(parent).child_token())
        };
        Arc::new(Self {
            shared,
            parent: parent.cloned(),
            state: AtomicU8::new(0),
            stopped: token(|control| &control.stopped),
            killed: token(|control| &control.killed),
            cause: OnceLock::new(),
        })
    }

    /// Returns whether this context or an ancestor has reached `state`.
    fn reached(&self, state: u8) -> bool {
        let mut here = Some(self);
        while let Some(control) = here {
            if control.state.load(Ordering::Acquire) >= state {
                return true;
            }
            here = control.parent.as_deref();
        }
        false
    }
}

/// The context of one request, including its payload unless `T` is `()`.
///
/// A request moves through live, stopped and killed, and never back. `stop` asks the handler to finish;
/// `kill` drops its future. Both propagate to every context derived from this one, never to its parent.
#[derive(Clone)]
pub struct Context<T = ()> {
    payload: T,
    control: Arc<ContextState>,
}

impl Context {
    /// Creates a root context with a random id.
    #[must_use]
    pub fn new() -> Self {
        Self::root(Identity { id: Uuid::new_v4().to_string(), ..Identity::default() })
    }

    /// Returns the context of the running handler, if called from inside one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Creates a context without a parent.
    pub(crate) fn root(identity: Identity) -> Self {
        Self { payload: (), control: ContextState::new(identity, None) }
    }

    /// Creates a context that is cancelled with this one and inherits nothing else.
    pub(crate) fn offspring(&self, identity: Identity) -> Self {
        Self { payload: (), control: ContextState::new(identity, Some(&self.control)) }
    }

    /// Runs `future` with this context as the current one.
    ///
    /// # Cancel safety
    /// That of `future`.
    pub(crate) async fn scope<F: Future>(&self, future: F) -> F::Output {
        CURRENT.scope(self.clone(), future).await
    }

    /// Runs `poll` with this context as the current one.
    pub(crate) fn enter<R>(&self, poll: impl FnOnce() -> R) -> R {
        let entered = CURRENT.try_with(|current| Arc::ptr_eq(&current.control, &self.control));
        if entered.unwrap_or(false) {
            return poll();
        }
        CURRENT.sync_scope(self.clone(), poll)
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Context<T> {
    /// Wraps a payload into a root context with a random id.
    #[must_use]
    pub fn of(payload: T) -> Self {
        Context::new().with(payload)
    }

    /// Replaces the payload and drops the old one.
    #[must_use]
    pub fn with<U>(self, payload: U) -> Context<U> {
        Context { payload, control: self.control }
    }

    /// Maps the payload with `f`.
    #[must_use]
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Context<U> {
        Context { payload: f(self.payload), control: self.control }
    }

    /// Maps the payload with a fallible `f`.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Context<U>, E> {
        Ok(Context { payload: f(self.payload)?, control: self.control })
    }

    /// Replaces the payload and returns the old one.
    #[must_use]
    pub fn transfer<U>(self, payload: U) -> (T, Context<U>) {
        (self.payload, Context { payload, control: self.control })
    }

    /// Returns a branch of the request: it shares identity, slots and history, is cancelled with this
    /// context, and can be cancelled alone. Every engine below an operator gets one, so that dropping
    /// one of two downstream calls leaves the other running.
    #[must_use]
    pub fn branch(self) -> Self {
        let control = ContextState::sharing(Arc::clone(&self.control.shared), Some(&self.control));
        Self { payload: self.payload, control }
    }

    /// Returns whether both contexts belong to the same request, and neither is a child with other settings.
    pub(crate) fn is_branch_of<U>(&self, other: &Context<U>) -> bool {
        Arc::ptr_eq(&self.control.shared, &other.control.shared)
    }

    /// Splits the context into payload and bare context. Cancelling either still reaches the other.
    #[must_use]
    pub fn into_parts(self) -> (T, Context) {
        (self.payload, Context { payload: (), control: self.control })
    }

    /// Returns the context without its payload.
    #[must_use]
    pub fn bare(&self) -> Context {
        Context { payload: (), control: Arc::clone(&self.control) }
    }

    /// Returns the payload.
    #[must_use]
    pub fn payload(&self) -> &T {
        &self.payload
    }

    /// Returns the request id, which caller and worker share.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.control.shared.identity.id
    }

    /// Returns the deadline of the request, if it has one.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.control.shared.identity.deadline
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.control.shared.identity
    }

    /// Returns the time left until the deadline; zero if it has passed.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Returns the metadata sent by the caller.
    #[must_use]
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.control.shared.identity.metadata
    }

    /// Stores `value` for everything that handles this request in this process, one value per type.
    /// Returns the value that it replaces.
    ///
    /// Slots survive every change of payload and every [`branch`](Self::branch). A
    /// [`child`](Self::child) and other processes start with none; use metadata for what must be sent
    /// along.
    pub fn insert<V: Send + Sync + 'static>(&self, value: V) -> Option<Arc<V>> {
        self.control.shared.slots.insert(value)
    }

    /// Returns the value of this type that was [inserted](Self::insert).
    #[must_use]
    pub fn get<V: Send + Sync + 'static>(&self) -> Option<Arc<V>> {
        self.control.shared.slots.get()
    }

    /// Stores `value` for a single [`take`](Self::take). Returns the value that it replaces.
    pub fn put<V: Send + 'static>(&self, value: V) -> Option<V> {
        self.control.shared.slots.put(value)
    }

    /// Removes and returns the value of this type that was [put](Self::put).
    #[must_use]
    pub fn take<V: Send + 'static>(&self) -> Option<V> {
        self.control.shared.slots.take()
    }

    /// Records that the request passed a stage. Pipeline nodes do this automatically.
    pub fn pass(&self, stage: impl Into<Cow<'static, str>>) {
        self.control.shared.slots.pass(stage.into());
    }

    /// Returns the stages that the request passed in this process, in order and across all its branches.
    #[must_use]
    pub fn stages(&self) -> Vec<Cow<'static, str>> {
        self.control.shared.slots.stages()
    }

    /// Returns the trace context of the request.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.control.shared.identity.trace
    }

    /// Asks the handler to finish early.
    pub fn stop(&self, cause: CancelCause) {
        let _ = self.control.cause.set(cause);
        self.control.state.fetch_max(STOPPED, Ordering::AcqRel);
        self.control.stopped.cancel();
    }

    /// Cancels the handler: its future is dropped at its next await point.
    pub fn kill(&self, cause: CancelCause) {
        let _ = self.control.cause.set(cause);
        self.control.state.fetch_max(KILLED, Ordering::AcqRel);
        // Cancel `killed` first, so that tasks woken by the stop already see the stronger state.
        self.control.killed.cancel();
        self.control.stopped.cancel();
    }

    /// Returns whether the request was stopped or killed.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.control.reached(STOPPED)
    }

    /// Returns whether the request was killed.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.control.reached(KILLED)
    }

    /// Waits until the request is stopped or killed.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + 'static + use<T> {
        self.control.stopped.clone().cancelled_owned()
    }

    /// Waits until the request is killed.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub fn killed(&self) -> impl Future<Output = ()> + Send + 'static + use<T> {
        self.control.killed.clone().cancelled_owned()
    }

    /// Returns why the request was stopped or killed: the first cause given, here or at an ancestor.
    #[must_use]
    pub fn cause(&self) -> Option<CancelCause> {
        let mut control = Some(&self.control);
        while let Some(here) = control {
            if let Some(cause) = here.cause.get() {
                return Some(cause.clone());
            }
            control = here.parent.as_ref();
        }
        None
    }

    /// Creates a context for a call made on behalf of this request: with a new id, the same metadata and
    /// trace, and the earlier of both deadlines. It is cancelled with this one.
    #[must_use]
    pub fn child(&self, changes: ChildContext) -> Context {
        let deadline = match (self.control.shared.identity.deadline, changes.deadline) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        let mut metadata = self.control.shared.identity.metadata.clone();
        metadata.extend(changes.metadata);
        let mut trace = changes.trace.over(self.control.shared.identity.trace.clone());
        trace.x_request_id.get_or_insert_with(|| self.control.shared.identity.id.clone());
        let id = changes.id.unwrap_or_else(|| Uuid::new_v4().to_string());
        let identity = Identity { id, deadline, metadata, trace };
        Context { payload: (), control: ContextState::new(identity, Some(&self.control)) }
    }
}

impl<T> fmt::Debug for Context<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match (self.is_killed(), self.is_stopped()) {
            (true, _) => "killed",
            (false, true) => "stopped",
            (false, false) => "live",
        };
        f.debug_struct("Context").field("id", &self.id()).field("state", &state).finish_non_exhaustive()
    }
}
