//! The context of one request: identity, cancellation, deadline, metadata and trace, with or without a payload.

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
    /// The context of the handler that is being polled. Calls made inside inherit from it.
    static CURRENT: Context;
}

/// What a request brings with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) deadline: Option<Instant>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) trace: Trace,
}

/// What all contexts of one request share, however they were derived.
struct RequestShared {
    identity: Identity,
    slots: Slots,
}

/// The states of a request. They only grow.
const STOPPED: u8 = 1;
const KILLED: u8 = 2;

/// What clones of a context share, and its descendants look up to.
struct ContextState {
    shared: Arc<RequestShared>,
    parent: Option<Arc<Self>>,
    /// Set before the tokens are cancelled. Looking at it takes no lock, which a look at a token does.
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

    /// Whether this or an ancestor has come as far as `state`.
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

/// The context of one request, with its payload if `T` is not `()`.
///
/// The state of a request only moves forward: live, stopped, killed. `stop` asks the handler to finish; `kill` ends it:
/// its future is dropped. Both reach every context derived from this one, and never its parent.
#[derive(Clone)]
pub struct Context<T = ()> {
    payload: T,
    control: Arc<ContextState>,
}

impl Context {
    /// A context of its own, with a random id.
    #[must_use]
    pub fn new() -> Self {
        Self::root(Identity { id: Uuid::new_v4().to_string(), ..Identity::default() })
    }

    /// The context of the handler that is running right now, if this code runs inside one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// A context that nothing cancels but itself.
    pub(crate) fn root(identity: Identity) -> Self {
        Self { payload: (), control: ContextState::new(identity, None) }
    }

    /// A context that is cancelled with this one and inherits nothing else.
    pub(crate) fn offspring(&self, identity: Identity) -> Self {
        Self { payload: (), control: ContextState::new(identity, Some(&self.control)) }
    }

    /// Runs `future` as part of this request.
    pub(crate) async fn scope<F: Future>(&self, future: F) -> F::Output {
        CURRENT.scope(self.clone(), future).await
    }

    /// Runs `poll` as part of this request.
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
    /// Puts a payload into a context of its own, with a random id.
    #[must_use]
    pub fn of(payload: T) -> Self {
        Context::new().with(payload)
    }

    /// The same request with another payload; the old one is dropped.
    #[must_use]
    pub fn with<U>(self, payload: U) -> Context<U> {
        Context { payload, control: self.control }
    }

    /// The same request with the payload changed by `f`.
    #[must_use]
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Context<U> {
        Context { payload: f(self.payload), control: self.control }
    }

    /// The same request with the payload changed by `f`, unless that fails.
    ///
    /// # Errors
    /// What `f` returns.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Context<U>, E> {
        Ok(Context { payload: f(self.payload)?, control: self.control })
    }

    /// The same request with `payload` instead of its own, which comes back.
    #[must_use]
    pub fn transfer<U>(self, payload: U) -> (T, Context<U>) {
        (self.payload, Context { payload, control: self.control })
    }

    /// The same request on a way of its own: with this identity, slots and history, cancelled with this one, and to be
    /// cancelled alone. Each engine below an operator gets one, so that giving up one of two calls leaves the other.
    #[must_use]
    pub fn branch(self) -> Self {
        let control = ContextState::sharing(Arc::clone(&self.control.shared), Some(&self.control));
        Self { payload: self.payload, control }
    }

    /// The payload, and the context without it. Cancelling the one still reaches the other.
    #[must_use]
    pub fn into_parts(self) -> (T, Context) {
        (self.payload, Context { payload: (), control: self.control })
    }

    /// The context without the payload, which stays here.
    #[must_use]
    pub fn bare(&self) -> Context {
        Context { payload: (), control: Arc::clone(&self.control) }
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &T {
        &self.payload
    }

    /// The id of the request: the same on both sides of the wire.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.control.shared.identity.id
    }

    /// When the request must have ended, if it has a deadline.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.control.shared.identity.deadline
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.control.shared.identity
    }

    /// The time left until the deadline; zero if it has passed.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// What the caller says beside the payload.
    #[must_use]
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.control.shared.identity.metadata
    }

    /// Keeps `value` for all who handle this request in this process, one value of each type. Returns the one that it
    /// replaces.
    ///
    /// Slots follow the request through every change of its payload and every [`branch`](Self::branch); a
    /// [`child`](Self::child) and another process start without any. What must travel is metadata.
    pub fn insert<V: Send + Sync + 'static>(&self, value: V) -> Option<Arc<V>> {
        self.control.shared.slots.insert(value)
    }

    /// The value of this type that was [inserted](Self::insert).
    #[must_use]
    pub fn get<V: Send + Sync + 'static>(&self) -> Option<Arc<V>> {
        self.control.shared.slots.get()
    }

    /// Leaves `value` for the one who [takes](Self::take) it. Returns the one that it replaces.
    pub fn put<V: Send + 'static>(&self, value: V) -> Option<V> {
        self.control.shared.slots.put(value)
    }

    /// Takes the value of this type that was [put](Self::put); the next one finds none.
    #[must_use]
    pub fn take<V: Send + 'static>(&self) -> Option<V> {
        self.control.shared.slots.take()
    }

    /// Notes that the request has come to a stage. The nodes of a pipeline do so by themselves.
    pub fn pass(&self, stage: impl Into<Cow<'static, str>>) {
        self.control.shared.slots.pass(stage.into());
    }

    /// The stages that the request has come to in this process, in order, of all its branches.
    #[must_use]
    pub fn stages(&self) -> Vec<Cow<'static, str>> {
        self.control.shared.slots.stages()
    }

    /// The trace the request belongs to.
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

    /// Ends the handler: its future is dropped at its next await point.
    pub fn kill(&self, cause: CancelCause) {
        let _ = self.control.cause.set(cause);
        self.control.state.fetch_max(KILLED, Ordering::AcqRel);
        // Killed first: whoever wakes because of the stop sees the stronger state.
        self.control.killed.cancel();
        self.control.stopped.cancel();
    }

    /// Whether it was stopped or killed.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.control.reached(STOPPED)
    }

    /// Whether it was killed.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.control.reached(KILLED)
    }

    /// Waits until it is stopped or killed.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + 'static + use<T> {
        self.control.stopped.clone().cancelled_owned()
    }

    /// Waits until it is killed.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub fn killed(&self) -> impl Future<Output = ()> + Send + 'static + use<T> {
        self.control.killed.clone().cancelled_owned()
    }

    /// Why it was stopped or killed: the first reason given, here or at an ancestor.
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

    /// A context for a call made on behalf of this request: an id of its own, the same metadata and trace, the earlier of
    /// both deadlines, and cancelled with this one.
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
