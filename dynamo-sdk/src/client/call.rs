//! One call: its options, the attempts to start it, the single response or the stream.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::address::ids::InstanceId;
use crate::client::encoded::Payload;
use crate::client::handle::{Client, Target};
use crate::client::response::{ItemLimits, TypedResponse};
use crate::client::retry::{first, first_unless, may_be_repeated, replaced};
use crate::discovery::instances::InstanceList;
use crate::engine::context::Context;
use crate::engine::context::child::ChildContext;
use crate::engine::stream::ResponseStream;
use crate::engine::trace::Trace;
use crate::error::call::{CallError, Stage};
use crate::error::cancel::CancelCause;
use crate::error::metadata;
use crate::transport::request::{Request, Response};
use crate::wire::instance::Instance;

/// How long an instance that left discovery still has to say that it started a call.
const DEREGISTRATION_GRACE: Duration = Duration::from_secs(1);

/// What can be set for one call.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) first_item: Option<Duration>,
    pub(crate) silence: Option<Duration>,
    to: Option<InstanceId>,
    pub(crate) idempotent: bool,
    child: ChildContext,
    parent: Parent,
}

impl CallOptions {
    /// The call is the request of `cx` on its way on, and keeps its id.
    pub(crate) fn continuing(mut self, cx: &Context) -> Self {
        self.child.id.get_or_insert_with(|| cx.id().to_owned());
        self.parent = Parent::Given(cx.clone());
        self
    }
}

/// Whose cancellation, deadline, metadata and trace the call inherits.
#[derive(Clone, Debug, Default)]
enum Parent {
    /// Those of the handler that makes it, if one does.
    #[default]
    Current,
    Given(Context),
    None,
}

struct PreparedCall<Req> {
    client: Client,
    target: Arc<Target>,
    request: Req,
    options: CallOptions,
}

/// A call of an endpoint that gives one response. Await it.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<Req, Resp> {
    prepared: PreparedCall<Req>,
    response: PhantomData<fn() -> Resp>,
}

/// A call of an endpoint that gives a stream of responses. Awaiting it gives the stream, once the handler has started.
#[must_use = "a call does nothing until it is awaited"]
pub struct StreamCall<Req, Resp> {
    prepared: PreparedCall<Req>,
    response: PhantomData<fn() -> Resp>,
}

macro_rules! options {
    ($type:ident) => {
        impl<Req, Resp> $type<Req, Resp> {
            pub(crate) fn new(client: Client, target: Arc<Target>, request: Req) -> Self {
                let prepared = PreparedCall { client, target, request, options: CallOptions::default() };
                Self { prepared, response: PhantomData }
            }

            pub(crate) fn with(mut self, options: CallOptions) -> Self {
                self.prepared.options = options;
                self
            }

            /// The call is the request of `cx` on its way on.
            pub(crate) fn continuing(mut self, cx: &Context) -> Self {
                self.prepared.options = self.prepared.options.continuing(cx);
                self
            }

            /// Ends the whole call after `timeout`, including its last item. The handler, and the calls it makes, know of
            /// it and are killed then.
            pub fn timeout(mut self, timeout: Duration) -> Self {
                self.prepared.options.timeout = Some(timeout);
                self
            }

            /// Instead of `DYN_SDK_FIRST_ITEM_TIMEOUT_SECS`; zero is off. While a call waits for its own next request, neither
            /// this nor the limit of silence runs.
            pub fn first_item_timeout(mut self, limit: Duration) -> Self {
                self.prepared.options.first_item = Some(limit);
                self
            }

            /// Instead of `DYN_HTTP_BACKEND_STREAM_TIMEOUT_SECS`, the silence between two items; zero is off.
            pub fn silence_timeout(mut self, limit: Duration) -> Self {
                self.prepared.options.silence = Some(limit);
                self
            }

            /// Calls this instance and no other.
            pub fn to(mut self, instance: InstanceId) -> Self {
                self.prepared.options.to = Some(instance);
                self
            }

            /// Says that the endpoint may run more than once for this call: before its first item it is also sent to another
            /// instance when the first one was lost ([`CallError::ConnectionLost`]), did not acknowledge in time, or answered
            /// that it is unavailable. Never after the first item, and to at most `DYN_SDK_MAX_ATTEMPTS` instances. A stream
            /// is there once its first item or its end is.
            pub fn idempotent(mut self) -> Self {
                self.prepared.options.idempotent = true;
                self
            }

            /// Adds an entry to what the handler finds in [`Context::metadata`], which is limited, what it inherits included:
            /// see [`CallError::MetadataTooLarge`].
            pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
                self.prepared.options.child.metadata.insert(key.into(), value.into());
                self
            }

            /// Sets the id of the request, which both sides see; random otherwise.
            pub fn request_id(mut self, id: impl Into<String>) -> Self {
                self.prepared.options.child.id = Some(id.into());
                self
            }

            /// Sets the trace of the call; what it leaves open is inherited. One that is not valid by W3C is
            /// [`CallError::Local`], and nothing is sent.
            pub fn trace(mut self, trace: Trace) -> Self {
                self.prepared.options.child.trace = trace;
                self
            }

            /// Makes the call on behalf of this request. Calls inside a handler do so by themselves.
            pub fn context<T>(mut self, cx: &Context<T>) -> Self {
                self.prepared.options.parent = Parent::Given(cx.child(ChildContext::default()));
                self
            }

            /// Makes the call on nobody's behalf, also inside a handler.
            pub fn detached(mut self) -> Self {
                self.prepared.options.parent = Parent::None;
                self
            }
        }

        impl<Req: fmt::Debug, Resp> fmt::Debug for $type<Req, Resp> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type))
                    .field("endpoint", &self.prepared.target.endpoint)
                    .field("request", &self.prepared.request)
                    .field("options", &self.prepared.options)
                    .finish()
            }
        }
    };
}
options!(Call);
options!(StreamCall);

impl<Req, Resp> IntoFuture for StreamCall<Req, Resp>
where
    Req: Payload,
    Resp: DeserializeOwned + Send + 'static,
{
    type Output = Result<ResponseStream<Resp>, CallError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.prepared.start().boxed()
    }
}

impl<Req, Resp> IntoFuture for Call<Req, Resp>
where
    Req: Payload,
    Resp: DeserializeOwned + Send + 'static,
{
    type Output = Result<Resp, CallError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let endpoint = self.prepared.target.endpoint.clone();
        async move {
            let mut items = self.prepared.start::<Resp>().await?;
            let instance = items.instance().unwrap_or(InstanceId(0));
            let broken = |what: &str| CallError::Protocol {
                endpoint: endpoint.clone(),
                instance,
                what: what.to_owned(),
            };
            let response = match items.next().await {
                Some(item) => item?,
                None if items.context().is_stopped() => {
                    let cause = items.context().cause().unwrap_or(CancelCause::Requested);
                    return Err(CallError::Cancelled { endpoint, cause });
                }
                None => return Err(broken("a stream without items instead of one response")),
            };
            // The response counts only with its end mark: an error may follow it.
            match items.next().await {
                None => Ok(response),
                Some(Err(error)) => Err(error),
                Some(Ok(_)) => Err(broken("several items instead of one response")),
            }
        }
        .boxed()
    }
}

impl<Req: Payload> PreparedCall<Req> {
    /// Tries instances until one starts the handler, as long as it is certain that none has run it.
    async fn start<Resp: DeserializeOwned + Send + 'static>(self) -> Result<ResponseStream<Resp>, CallError> {
        let Self { client, target, request, mut options } = self;
        client.check_choice(&target.endpoint, options.to)?;
        let defaults = client.defaults();
        let check = options.child.trace.check();
        check.map_err(|source| CallError::Local { endpoint: target.endpoint.clone(), source })?;
        options.child.deadline = options.timeout.map(|timeout| Instant::now() + timeout);
        let cx = match &options.parent {
            Parent::Given(parent) => parent.child(options.child),
            Parent::None => options.child.orphan(),
            Parent::Current => options.child.of_current(),
        };
        if let Some((entries, bytes)) = metadata::excess(cx.metadata()) {
            return Err(CallError::MetadataTooLarge { endpoint: target.endpoint.clone(), entries, bytes });
        }
        let limits = ItemLimits::new(
            options.first_item.unwrap_or(defaults.first_item),
            options.silence.unwrap_or(defaults.silence),
        );
        let given_up = KillOnDrop(Some(cx.clone()));
        let mut outbound = request.outbound(&target.endpoint);
        let mut attempts = Attempts { tried: Vec::new(), last: None };
        loop {
            let Some(instance) = attempts.pick(&target, options.to, defaults.instance_wait, &cx).await?
            else {
                return Err(attempts.give_up(&target, defaults.instance_wait));
            };
            let input = outbound.in_codec(instance.codec)?;
            let call = Request {
                target: Arc::clone(&instance),
                cx: cx.clone(),
                input,
                first_item: limits.first_item,
            };
            let started = match attempt(&client, &target, call, options.timeout).await {
                Ok(response) => {
                    let supply = outbound.supply().cloned();
                    // A stream of requests cannot be sent again once it was read from.
                    let another =
                        options.to.is_none() && supply.is_none() && attempts.more(defaults.max_attempts);
                    let items = TypedResponse::<Resp>::new(
                        response,
                        instance.clone(),
                        cx.clone(),
                        limits,
                        options.timeout,
                    )
                    .fed_by(supply);
                    match options.idempotent {
                        true if another => {
                            first_unless(items, replaced(&target, instance.id, &attempts.tried)).await
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
                    return Ok(ResponseStream::unwatched(items, cx).answered_by(instance.id));
                }
                Err(error)
                    if (error.is_safe_to_retry() || (options.idempotent && may_be_repeated(&error)))
                        && attempts.more(defaults.max_attempts)
                        && options.to.is_none()
                        && outbound.is_whole() =>
                {
                    tracing::debug!(endpoint = %target.endpoint, instance = %instance.id, ?error, "trying another instance");
                    attempts.failed(instance.id, error);
                }
                Err(error) => return Err(outbound.failed(error)),
            }
        }
    }
}

/// Kills the context of a call that did not start, or was dropped before it did. A handler that may go on without its
/// caller is not to wait for the rest of its requests.
struct KillOnDrop(Option<Context>);

impl KillOnDrop {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        if let Some(cx) = &self.0 {
            cx.kill(CancelCause::CallerGone);
        }
    }
}

/// Sends the call, and gives up when its context ends, its deadline passes, or the instance leaves.
async fn attempt(
    client: &Client,
    target: &Target,
    call: Request,
    timeout: Option<Duration>,
) -> Result<Response, CallError> {
    let (instance, cx) = (Arc::clone(&call.target), call.cx.clone());
    let endpoint = || target.endpoint.clone();
    let deadline = async {
        match cx.deadline() {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        response = client.send(call) => response,
        () = cx.killed() => {
            Err(CallError::Cancelled { endpoint: endpoint(), cause: cx.cause().unwrap_or(CancelCause::Requested) })
        }
        () = deadline => {
            cx.kill(CancelCause::Deadline);
            let limit = timeout.unwrap_or_default();
            Err(CallError::TimedOut { endpoint: endpoint(), instance: instance.id, stage: Stage::Deadline, limit })
        }
        () = gone(target, instance.id) => Err(CallError::ConnectionLost {
            endpoint: endpoint(),
            instance: instance.id,
            items: 0,
            source: "it left discovery before it started the call".into(),
        }),
    }
}

/// Resolves some time after an instance has left the list.
pub(crate) async fn gone(target: &Target, instance: InstanceId) {
    let mut list = target.list.clone();
    loop {
        if list.wait_for(|list| list.get(instance).is_none()).await.is_err() {
            // The list ends with the runtime, whose own end reaches the call in other ways.
            return std::future::pending().await;
        }
        // One that leaves in order still starts what it accepted.
        tokio::time::sleep(DEREGISTRATION_GRACE).await;
        if list.borrow_and_update().get(instance).is_none() {
            return;
        }
    }
}

/// Who was asked already, and the last answer.
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

    /// An instance that was not asked yet; `None` if all were.
    async fn pick(
        &self,
        target: &Target,
        to: Option<InstanceId>,
        wait: Duration,
        cx: &Context,
    ) -> Result<Option<Arc<Instance>>, CallError> {
        let wanted = |list: &InstanceList| match to {
            Some(id) => list.get(id).is_some(),
            None => !list.instances.is_empty(),
        };
        // Whoever has an answer does not wait for more instances.
        let wait =
            if self.last.is_some() { Duration::ZERO } else { wait.min(cx.time_left().unwrap_or(wait)) };
        let list = match target.wait_for(wait, wanted).await {
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
        self.last.unwrap_or_else(|| CallError::NoInstances { endpoint: target.endpoint.clone(), waited })
    }
}

fn choose(target: &Target, candidates: &[Arc<Instance>]) -> Arc<Instance> {
    let at = target.router.pick(candidates) % candidates.len();
    Arc::clone(&candidates[at])
}
