//! The attempts to start one call: picks the next instance and decides whether to retry.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use serde::de::DeserializeOwned;

use crate::address::ids::InstanceId;
use crate::client::encoded::Payload;
use crate::client::handle::Client;
use crate::client::observed::{ObservedCall, ObservedItems};
use crate::client::options::{CallOptions, Parent};
use crate::client::response::{ItemLimits, TypedResponse};
use crate::client::retry::{first, first_unless, gone, may_be_repeated, replaced};
use crate::client::target::Target;
use crate::clock::from_now;
use crate::engine::context::Context;
use crate::engine::context::kill_on_drop::KillOnDrop;
use crate::engine::stream::ResponseStream;
use crate::error::call::CallError;
use crate::error::call::kind::{CallErrorKind, Stage};
use crate::error::cancel::CancelCause;
use crate::error::metadata;
use crate::error::transport::TransportError;
use crate::observe::spans::enter;
use crate::transport::request::{Request, Response};
use crate::wire::instance::Instance;

/// A call with its options, ready to send.
pub(crate) struct PreparedCall<Req> {
    pub(crate) client: Client,
    pub(crate) target: Arc<Target>,
    pub(crate) request: Req,
    pub(crate) options: CallOptions,
}

impl<Req: Payload> PreparedCall<Req> {
    /// Tries instances until one starts the handler, retrying only while no handler can have run.
    pub(crate) async fn start<Resp: DeserializeOwned + Send + 'static>(
        self,
    ) -> Result<ResponseStream<Resp>, CallError> {
        let Self { client, target, request, mut options } = self;
        client.check_choice(&target.endpoint, options.to)?;
        let defaults = client.defaults();
        let cx = options.context().map_err(|error| error.of(&target.endpoint))?;
        // An inherited deadline is a limit of this call too, from here on.
        let timeout = options.timeout.or_else(|| cx.time_left());
        let limits = ItemLimits::new(
            options.first_item.unwrap_or(defaults.first_item),
            options.silence.unwrap_or(defaults.silence),
        );
        let given_up = KillOnDrop::new(cx.clone());
        let mut scope = ObservedCall::start(&client, &target, &cx);
        let mut outbound = request.outbound(&target.endpoint);
        let mut attempts = Attempts { tried: Vec::new(), last: None };
        loop {
            let picked = attempts.pick(&target, options.to, defaults.instance_wait, &cx).await;
            let Some(instance) = picked.map_err(|error| scope.fail(error))? else {
                return Err(scope.fail(attempts.give_up(&target, defaults.instance_wait)));
            };
            let input = outbound.in_codec(instance.codec).map_err(|error| scope.fail(error))?;
            scope.attempt(instance.id);
            let call = Request {
                target: Arc::clone(&instance),
                cx: cx.clone(),
                input,
                first_item: limits.first_item,
            };
            // Polled in place: a combinator would move the large future once more.
            let mut sent = pin!(attempt(&client, &target, call, timeout));
            let in_span = poll_fn(|task| {
                let _span = enter(scope.span());
                sent.as_mut().poll(task)
            });
            let started = match in_span.await {
                Ok(response) => {
                    let supply = outbound.supply().cloned();
                    // A request stream cannot be resent once the handler has read from it.
                    let may_move =
                        options.to.is_none() && supply.is_none() && attempts.more(defaults.max_attempts);
                    let (target_of, cx) = (Arc::clone(&instance), cx.clone());
                    let items = TypedResponse::<Resp>::new(response, target_of, cx, limits, timeout);
                    let items = items.fed_by(supply);
                    match options.idempotent {
                        true if may_move => {
                            // Boxed, so that other calls do not reserve space for it: few are idempotent.
                            first_unless(items, replaced(&target, instance.id, &attempts.tried).boxed()).await
                        }
                        true => first(items).await,
                        false => Ok(items.boxed()),
                    }
                }
                Err(error) => Err(error),
            };
            match started {
                Ok(items) => {
                    given_up.keep();
                    let items = ObservedItems { items, scope };
                    return Ok(ResponseStream::unwatched(items, cx).answered_by(instance.id));
                }
                Err(error)
                    if (error.is_safe_to_retry() || (options.idempotent && may_be_repeated(&error)))
                        && attempts.more(defaults.max_attempts)
                        && options.to.is_none()
                        && outbound.is_whole() =>
                {
                    tracing::debug!(
                        endpoint = %target.endpoint,
                        instance = %instance.id,
                        ?error,
                        "retrying on another instance"
                    );
                    attempts.failed(instance.id, error);
                }
                Err(error) => return Err(scope.fail(outbound.failed(error))),
            }
        }
    }
}

impl CallOptions {
    /// Creates the context of the call.
    fn context(&mut self) -> Result<Context, TransportError> {
        self.child.trace.check().map_err(TransportError::invalid)?;
        let mut child = std::mem::take(&mut self.child);
        child.deadline = self.timeout.map(from_now);
        let cx = match &self.parent {
            Parent::Given(parent) => parent.child(child),
            Parent::None => child.orphan(),
            Parent::Current => child.of_current(),
        };
        match metadata::excess(cx.metadata()) {
            None => Ok(cx),
            Some((entries, bytes)) => {
                Err(TransportError::new(CallErrorKind::MetadataTooLarge { entries, bytes }))
            }
        }
    }
}

/// Sends the call. Fails early if its context ends, its deadline passes, or the instance deregisters.
async fn attempt(
    client: &Client,
    target: &Target,
    call: Request,
    timeout: Option<Duration>,
) -> Result<Response, CallError> {
    let (instance, cx) = (Arc::clone(&call.target), call.cx.clone());
    let failed = |error: TransportError| Err(error.at(&target.endpoint, instance.id));
    let deadline = async {
        match cx.deadline() {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        response = client.send(call) => response,
        () = cx.killed() => failed(TransportError::cancelled(cx.cause())),
        () = deadline => {
            cx.kill(CancelCause::Deadline);
            failed(TransportError::timed_out(Stage::Deadline, timeout.unwrap_or_default()))
        }
        () = gone(target, instance.id) => {
            failed(TransportError::lost("the instance left discovery before it started the call"))
        }
    }
}

/// The instances tried so far, and the error of the last attempt.
struct Attempts {
    tried: Vec<InstanceId>,
    last: Option<CallError>,
}

impl Attempts {
    fn more(&self, most: u32) -> bool {
        u32::try_from(self.tried.len()).is_ok_and(|tried| tried + 1 < most)
    }

    fn failed(&mut self, instance: InstanceId, error: CallError) {
        self.tried.push(instance);
        self.last = Some(error);
    }

    /// Picks an instance that was not tried yet; `None` if there is no other.
    async fn pick(
        &self,
        target: &Target,
        to: Option<InstanceId>,
        wait: Duration,
        cx: &Context,
    ) -> Result<Option<Arc<Instance>>, CallError> {
        // A retry does not wait for further instances: it can report the last error.
        let wait =
            if self.last.is_some() { Duration::ZERO } else { wait.min(cx.time_left().unwrap_or(wait)) };
        let list = match target.wait_for(wait, to).await {
            Ok(list) => list,
            Err(_) if self.last.is_some() => return Ok(None),
            Err(error) => return Err(error),
        };
        if let Some(id) = to {
            return Ok(list.get(id).cloned());
        }
        if self.tried.is_empty() {
            return Ok(Some(choose(target, &list.instances)));
        }
        let rest: Vec<_> =
            list.instances.iter().filter(|instance| !self.tried.contains(&instance.id)).cloned().collect();
        Ok((!rest.is_empty()).then(|| choose(target, &rest)))
    }

    fn give_up(self, target: &Target, waited: Duration) -> CallError {
        self.last.unwrap_or_else(|| target.nobody(&target.list.borrow(), waited))
    }
}

fn choose(target: &Target, candidates: &[Arc<Instance>]) -> Arc<Instance> {
    let at = target.router.pick(candidates) % candidates.len();
    Arc::clone(&candidates[at])
}
