//! The context of one request: identity, cancellation, deadline, metadata and trace, with or without a payload.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Trace;

tokio::task_local! {
    /// The context of the handler that is being polled. Calls made inside inherit from it.
    static CURRENT: Context;
}

/// Why a request was stopped or killed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelCause {
    /// The caller asked for it.
    Requested,
    /// The caller, or its connection, is gone.
    CallerGone,
    /// The deadline of the call passed.
    Deadline,
    /// The runtime that serves the request is shutting down.
    Shutdown,
    /// A node on the way decided so, and says why.
    Operator(String),
}

impl fmt::Display for CancelCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("it was asked to stop"),
            Self::CallerGone => f.write_str("the caller is gone"),
            Self::Deadline => f.write_str("its deadline passed"),
            Self::Shutdown => f.write_str("the runtime is shutting down"),
            Self::Operator(why) => f.write_str(why),
        }
    }
}

/// What a request brings with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) deadline: Option<Instant>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) trace: Trace,
}

/// What clones of a context and its descendants share.
struct Control {
    identity: Identity,
    parent: Option<Arc<Self>>,
    stopped: CancellationToken,
    killed: CancellationToken,
    cause: OnceLock<CancelCause>,
}

impl Control {
    fn new(identity: Identity, parent: Option<&Arc<Self>>) -> Arc<Self> {
        let token = |of: fn(&Self) -> &CancellationToken| {
            parent.map_or_else(CancellationToken::new, |parent| of(parent).child_token())
        };
        Arc::new(Self {
            identity,
            parent: parent.cloned(),
            stopped: token(|control| &control.stopped),
            killed: token(|control| &control.killed),
            cause: OnceLock::new(),
        })
    }
}

/// The context of one request, with its payload if `T` is not `()`.
///
/// The state of a request only moves forward: live, stopped, killed. `stop` asks the handler to finish; `kill` ends it:
/// its future is dropped. Both reach every context derived from this one, and never its parent.
#[derive(Clone)]
pub struct Context<T = ()> {
    payload: T,
    control: Arc<Control>,
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
        Self { payload: (), control: Control::new(identity, None) }
    }

    /// A context that is cancelled with this one and inherits nothing else.
    pub(crate) fn offspring(&self, identity: Identity) -> Self {
        Self { payload: (), control: Control::new(identity, Some(&self.control)) }
    }

    /// Runs `future` as part of this request.
    pub(crate) async fn scope<F: Future>(&self, future: F) -> F::Output {
        CURRENT.scope(self.clone(), future).await
    }

    /// Runs `poll` as part of this request.
    pub(crate) fn enter<R>(&self, poll: impl FnOnce() -> R) -> R {
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

    /// The payload, and the context without it. Cancelling the one still reaches the other.
    #[must_use]
    pub fn into_parts(self) -> (T, Context) {
        (self.payload, Context { payload: (), control: self.control })
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &T {
        &self.payload
    }

    /// The id of the request: the same on both sides of the wire.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.control.identity.id
    }

    /// When the request must have ended, if it has a deadline.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.control.identity.deadline
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.control.identity
    }

    /// The time left until the deadline; zero if it has passed.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// What the caller says beside the payload.
    #[must_use]
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.control.identity.metadata
    }

    /// The trace the request belongs to.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.control.identity.trace
    }

    /// Asks the handler to finish early.
    pub fn stop(&self, cause: CancelCause) {
        let _ = self.control.cause.set(cause);
        self.control.stopped.cancel();
    }

    /// Ends the handler: its future is dropped at its next await point.
    pub fn kill(&self, cause: CancelCause) {
        let _ = self.control.cause.set(cause);
        // Killed first: whoever wakes because of the stop sees the stronger state.
        self.control.killed.cancel();
        self.control.stopped.cancel();
    }

    /// Whether it was stopped or killed.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.control.stopped.is_cancelled()
    }

    /// Whether it was killed.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.control.killed.is_cancelled()
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
        let deadline = match (self.control.identity.deadline, changes.deadline) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        let mut metadata = self.control.identity.metadata.clone();
        metadata.extend(changes.metadata);
        let mut trace = changes.trace.over(self.control.identity.trace.clone());
        trace.x_request_id.get_or_insert_with(|| self.control.identity.id.clone());
        let id = changes.id.unwrap_or_else(|| Uuid::new_v4().to_string());
        let identity = Identity { id, deadline, metadata, trace };
        Context { payload: (), control: Control::new(identity, Some(&self.control)) }
    }
}

/// What distinguishes a child context from its parent.
#[derive(Clone, Debug, Default)]
pub struct ChildContext {
    /// Its id; random if unset.
    pub id: Option<String>,
    /// Its deadline; that of the parent applies as well.
    pub deadline: Option<Instant>,
    /// Metadata beside, or instead of, that of the parent.
    pub metadata: BTreeMap<String, String>,
    /// What it sets of its trace; the rest is that of the parent. `traceparent` and `tracestate` are set together.
    pub trace: Trace,
}

impl ChildContext {
    /// A child of the handler that is running right now; without one, an [orphan](Self::orphan).
    pub(crate) fn of_current(self) -> Context {
        match Context::current() {
            Some(parent) => parent.child(self),
            None => self.orphan(),
        }
    }

    /// A context like this without a parent.
    pub(crate) fn orphan(self) -> Context {
        let Self { id, deadline, metadata, trace } = self;
        let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
        Context::root(Identity { id, deadline, metadata, trace })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_parent_cancels_its_children_and_a_child_never_its_parent() {
        let parent = Context::new();
        let (one, two) = (parent.child(ChildContext::default()), parent.child(ChildContext::default()));
        one.kill(CancelCause::Requested);
        assert!(one.is_killed() && one.is_stopped() && !two.is_stopped() && !parent.is_stopped());
        parent.stop(CancelCause::Deadline);
        two.stopped().await;
        assert!(!two.is_killed());
        assert_eq!(two.cause(), Some(CancelCause::Deadline));
        assert_eq!(one.cause(), Some(CancelCause::Requested), "the first cause stays");
    }

    #[test]
    fn identity_and_cancellation_survive_every_change_of_the_payload() {
        let request = Context::of(20_u32);
        let id = request.id().to_owned();
        let (payload, context) = request.clone().map(|n| n + 1).try_map(u8::try_from).unwrap().into_parts();
        assert_eq!((payload, context.id()), (21, id.as_str()));
        request.kill(CancelCause::CallerGone);
        assert!(context.is_killed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_child_has_the_earlier_deadline_and_both_metadata() {
        let now = Instant::now();
        let (soon, late) = (now + Duration::from_secs(1), now + Duration::from_secs(9));
        let metadata =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let parent = Context::root(Identity {
            id: "p".into(),
            deadline: Some(soon),
            metadata: metadata(&[("a", "1"), ("b", "1")]),
            trace: Trace::default(),
        });
        let child = parent.child(ChildContext {
            deadline: Some(late),
            metadata: metadata(&[("b", "2")]),
            ..Default::default()
        });
        assert_eq!(child.deadline(), Some(soon));
        assert_eq!(child.metadata(), &metadata(&[("a", "1"), ("b", "2")]));
        assert_eq!(child.trace().x_request_id.as_deref(), Some("p"));
        assert_ne!(child.id(), "p");
    }

    #[tokio::test]
    async fn the_current_context_is_that_of_the_running_handler() {
        assert!(Context::current().is_none());
        let cx = Context::new();
        let seen = cx.scope(async { Context::current().map(|cx| cx.id().to_owned()) }).await;
        assert_eq!(seen.as_deref(), Some(cx.id()));
    }
}
