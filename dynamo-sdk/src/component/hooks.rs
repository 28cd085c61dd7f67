//! The hooks of a component: `#[on_start]`, `#[on_stop]` and `#[health]`.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::address::ids::ComponentId;
use crate::component::listener::counts::ListenerView;
use crate::component::listener::listeners::Listeners;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::node::DistributedRuntime;
use crate::runtime::Runtime;

type OnStart = Box<dyn FnOnce(DistributedRuntime) -> BoxFuture<'static, Result<(), BoxError>> + Send>;
type OnStop = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;
/// Checks the health of a component. The error is the reason why it is unhealthy.
pub(crate) type AskHealth = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The hooks of a component, from all its blocks of endpoints.
#[derive(Default)]
pub(crate) struct Hooks {
    on_start: Vec<OnStart>,
    on_stop: Vec<OnStop>,
    pub(crate) health: Vec<AskHealth>,
    pub(crate) listeners: Listeners,
}

/// The return type of a hook: nothing, `Result<(), E>`, or `bool` for `#[health]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether it went well",
    label = "a hook returns `Result<(), E>`, with an error that converts into `BoxError`",
    note = "`#[health]` may also return `bool`, `true` for healthy",
    note = "an error converts if it implements `std::error::Error`; a `String` and a `&str` do as well"
)]
pub trait IntoHookResult: Send + 'static {
    /// Converts the return value into a `Result`.
    ///
    /// # Errors
    /// The error that the hook returned.
    fn verdict(self) -> Result<(), BoxError>;
}

impl IntoHookResult for () {
    fn verdict(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl IntoHookResult for bool {
    fn verdict(self) -> Result<(), BoxError> {
        if self { Ok(()) } else { Err("health check returned `false`".into()) }
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError> + Send + 'static> IntoHookResult for Result<(), E> {
    fn verdict(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// A hook. It borrows the component while it runs.
pub(crate) type Hook<C, R = Result<(), BoxError>> = for<'a> fn(&'a C, HookReply) -> BoxFuture<'a, R>;

/// A hook that takes the runtime.
pub(crate) type StartHook<C> =
    for<'a> fn(&'a C, &'a DistributedRuntime, HookReply) -> BoxFuture<'a, Result<(), BoxError>>;

/// Receives the result of a hook. Dropping the returned future drops the hook.
#[derive(Debug)]
pub struct HookReply(());

impl HookReply {
    /// Runs a hook that can fail.
    pub fn verdict<'a, V: IntoHookResult>(
        self,
        hook: impl Future<Output = V> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        hook.map(IntoHookResult::verdict).boxed()
    }

    /// Runs a hook that cannot fail.
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

    /// Opens subscriptions, runs `#[on_start]`, then starts event delivery; all before registration.
    ///
    /// # Errors
    /// [`ErrorKind::Component`] with the error of the hook, or the error of a subscription.
    pub(crate) async fn start(
        &mut self,
        id: &ComponentId,
        runtime: &DistributedRuntime,
    ) -> Result<Vec<ListenerView>> {
        self.listeners.open(id, runtime).await?;
        for hook in std::mem::take(&mut self.on_start) {
            runtime.runtime().run_start(hook(runtime.clone())).await?.map_err(|source| {
                let what = format!("cannot serve {id}: its #[on_start] failed");
                Error::new(ErrorKind::Component, what).with_source(source)
            })?;
        }
        Ok(self.listeners.run(runtime.runtime()))
    }

    /// Ends event delivery and runs `#[on_stop]` on the primary pool, for at most `limit` each.
    pub(crate) async fn stop(&mut self, id: &ComponentId, runtime: &Runtime, limit: Duration) {
        self.listeners.stop(id, limit).await;
        for hook in std::mem::take(&mut self.on_stop) {
            let task = runtime.spawn(hook());
            let abort = task.abort_handle();
            match tokio::time::timeout(limit, task).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::warn!(component = %id, %error, "#[on_stop] panicked"),
                Err(_) => {
                    abort.abort();
                    tracing::warn!(component = %id, ?limit, "#[on_stop] exceeded its limit and was aborted");
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
