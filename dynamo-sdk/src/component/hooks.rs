//! What a component does beside answering calls: before it is found, after its last call, and when asked how it is.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::address::ids::ComponentId;
use crate::component::listener::{ListenerView, Listeners};
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::node::DistributedRuntime;
use crate::runtime::Runtime;

type OnStart = Box<dyn FnOnce(DistributedRuntime) -> BoxFuture<'static, Result<(), BoxError>> + Send>;
type OnStop = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;
/// Asks a component how it is; the error says what is wrong.
pub(crate) type AskHealth = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The hooks of a component. Several blocks of endpoints may have some each.
#[derive(Default)]
pub(crate) struct Hooks {
    on_start: Vec<OnStart>,
    on_stop: Vec<OnStop>,
    pub(crate) health: Vec<AskHealth>,
    pub(crate) listeners: Listeners,
}

/// What a hook that can fail returns: nothing, `Result<(), E>`, or whether it went well.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether it went well",
    label = "a hook returns `Result<(), E>`, with an error that converts into `BoxError`",
    note = "`#[health]` may also return `bool`, `true` for healthy",
    note = "an error converts if it implements `std::error::Error`; a `String` and a `&str` do as well"
)]
pub trait IntoHookResult: Send + 'static {
    /// The error, if it did not.
    ///
    /// # Errors
    /// What the hook returned.
    fn verdict(self) -> Result<(), BoxError>;
}

impl IntoHookResult for () {
    fn verdict(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl IntoHookResult for bool {
    fn verdict(self) -> Result<(), BoxError> {
        if self { Ok(()) } else { Err("its health hook says no".into()) }
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError> + Send + 'static> IntoHookResult for Result<(), E> {
    fn verdict(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// A hook. It borrows the component from whoever runs it.
pub(crate) type Hook<C, R = Result<(), BoxError>> = for<'a> fn(&'a C, HookReply) -> BoxFuture<'a, R>;

/// A hook that is given the runtime.
pub(crate) type StartHook<C> =
    for<'a> fn(&'a C, &'a DistributedRuntime, HookReply) -> BoxFuture<'a, Result<(), BoxError>>;

/// Where a hook gives what came of it. Dropping the future that comes back drops the hook's.
#[derive(Debug)]
pub struct HookReply(());

impl HookReply {
    /// Of a hook that may fail.
    pub fn verdict<'a, V: IntoHookResult>(
        self,
        hook: impl Future<Output = V> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        hook.map(IntoHookResult::verdict).boxed()
    }

    /// Of a hook that does not.
    pub fn done<'a>(self, hook: impl Future<Output = ()> + Send + 'a) -> BoxFuture<'a, ()> {
        hook.boxed()
    }
}

impl Hooks {
    pub(crate) fn on_start<C: Send + Sync + 'static>(&mut self, component: Arc<C>, hook: StartHook<C>) {
        self.on_start.push(Box::new(move |runtime| {
            async move { hook(&component, &runtime, HookReply(())).await }.boxed()
        }));
    }

    pub(crate) fn on_stop<C: Send + Sync + 'static>(&mut self, component: Arc<C>, hook: Hook<C, ()>) {
        self.on_stop.push(Box::new(move || async move { hook(&component, HookReply(())).await }.boxed()));
    }

    pub(crate) fn health<C: Send + Sync + 'static>(&mut self, component: Arc<C>, hook: Hook<C>) {
        self.health.push(Arc::new(move || {
            let component = Arc::clone(&component);
            async move {
                hook(&component, HookReply(())).await.map_err(|error| crate::error::chain::chain(&*error))
            }
            .boxed()
        }));
    }

    /// Runs what comes before the component is found: opens its subscriptions, starts it, and only then hands it events.
    ///
    /// # Errors
    /// [`ErrorKind::Component`] with the error of the hook, or that of a subscription; nothing was started then.
    pub(crate) async fn start(
        &mut self,
        id: &ComponentId,
        runtime: &DistributedRuntime,
    ) -> Result<Vec<ListenerView>> {
        self.listeners.open(id, runtime).await?;
        for hook in std::mem::take(&mut self.on_start) {
            hook(runtime.clone()).await.map_err(|source| {
                let what = format!("{id} is not served: its #[on_start] failed");
                Error::new(ErrorKind::Component, what).because(source)
            })?;
        }
        Ok(self.listeners.run(runtime.runtime()))
    }

    /// Runs what comes after the last call, on the primary pool, for at most `limit` each.
    pub(crate) async fn stop(&mut self, id: &ComponentId, runtime: &Runtime, limit: Duration) {
        self.listeners.stop(id, limit).await;
        for hook in std::mem::take(&mut self.on_stop) {
            let task = runtime.spawn(hook());
            let abort = task.abort_handle();
            match tokio::time::timeout(limit, task).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::warn!(component = %id, %error, "its #[on_stop] panicked"),
                Err(_) => {
                    abort.abort();
                    tracing::warn!(component = %id, ?limit, "its #[on_stop] did not end within its limit");
                }
            }
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}
