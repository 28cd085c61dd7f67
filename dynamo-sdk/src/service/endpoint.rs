//! One endpoint that this process serves: its engine, who may enter, and the calls in flight.
//!
//! Every plane brings its requests here, so that admission, cancellation, deadlines and panics are the same on all.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as Task, Poll};

use bytes::BytesMut;
use futures::FutureExt;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::address::ids::{EndpointId, InstanceId};
use crate::engine::context::Context;
use crate::engine::context::Identity;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::runtime::Runtime;
pub(crate) use crate::service::admission::Refusal;
use crate::service::admission::{Limiter, Limiters, Pass, Permits};
use crate::service::cancellation::{Cancellation, EarlyEnd};
use crate::service::erased::{EncodedItems, ErasedEngine, panicked, put_error};
use crate::service::input::{RequestInput, wrong_shape};
use crate::service::spawned::SpawnedHandler;
use crate::service::spec::{EndpointSpec, Options};
use crate::sync::Lock;
use crate::wire::codec::Codec;

/// An endpoint of this process.
pub(crate) struct Service {
    pub(crate) endpoint: EndpointId,
    pub(crate) instance: InstanceId,
    engine: Box<dyn ErasedEngine>,
    options: Options,
    gates: Limiters,
    /// For handlers that run in a task of their own. Without a runtime they run with their caller.
    runtime: Option<Runtime>,
    refusing: AtomicBool,
    calls: TaskTracker,
    /// The ancestor of the context of every call.
    root: Context,
    /// When a call was last answered without an error.
    last_success: Lock<Option<Instant>>,
}

impl Service {
    pub(crate) fn new(
        endpoint: EndpointId,
        instance: InstanceId,
        spec: EndpointSpec,
        process: Arc<Limiter>,
        runtime: Option<Runtime>,
    ) -> Arc<Self> {
        let EndpointSpec { engine, options, .. } = spec;
        let own = options.in_flight.map(|(running, queue)| Limiter::new(running, queue));
        let calls = TaskTracker::new();
        calls.close();
        let root = Context::new();
        Arc::new(Self {
            endpoint,
            instance,
            engine,
            options,
            gates: Limiters { own, process },
            runtime,
            refusing: AtomicBool::new(false),
            calls,
            root,
            last_success: Lock::new(None),
        })
    }

    /// Lets a request in, or says why not. Never waits.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Admission, Refusal> {
        // Counted before looking: a drain that starts now waits for this call.
        let in_flight = self.calls.token();
        if self.refusing.load(Ordering::Acquire) {
            return Err(Refusal::Unavailable(format!(
                "instance {} of {} is draining",
                self.instance, self.endpoint
            )));
        }
        let Some(pass) = self.gates.enter() else {
            return Err(Refusal::Overloaded("worker at capacity".to_owned()));
        };
        Ok(Admission {
            served: Arc::clone(self),
            turn: AdmissionState::Queued(Box::new(pass)),
            _in_flight: in_flight,
        })
    }

    /// Whether the endpoint takes such a request: a stream of them, or one.
    ///
    /// # Errors
    /// If not, the error for the caller: no handler has run.
    pub(crate) fn takes(&self, stream: bool) -> Result<(), EndpointError> {
        let takes_stream = self.engine.takes_stream();
        if takes_stream == stream { Ok(()) } else { Err(wrong_shape(takes_stream)) }
    }

    /// When a call was last answered without an error.
    pub(crate) fn last_success(&self) -> Option<Instant> {
        *self.last_success.lock()
    }

    fn succeeded(&self) {
        *self.last_success.lock() = Some(Instant::now());
    }

    /// Refuses all further requests.
    pub(crate) fn refuse(&self) {
        self.refusing.store(true, Ordering::Release);
    }

    /// Waits until no call is in flight.
    pub(crate) async fn idle(&self) {
        self.calls.wait().await;
    }

    /// How many calls are in flight, those included that wait for their turn.
    pub(crate) fn in_flight(&self) -> usize {
        self.calls.len()
    }

    /// Asks all calls to finish.
    pub(crate) fn stop(&self) {
        self.root.stop(CancelCause::Shutdown);
    }

    /// Ends all calls.
    pub(crate) fn kill(&self) {
        self.root.kill(CancelCause::Shutdown);
    }

    /// The context of a call of this endpoint.
    pub(crate) fn context(&self, mut identity: Identity) -> Context {
        let limit = self.options.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        identity.deadline = match (identity.deadline, limit) {
            (Some(theirs), Some(ours)) => Some(theirs.min(ours)),
            (theirs, ours) => theirs.or(ours),
        };
        self.root.offspring(identity)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("endpoint", &self.endpoint)
            .field("instance", &self.instance)
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

/// A request that was let in, and counts as in flight until this is dropped.
#[derive(Debug)]
pub(crate) struct Admission {
    served: Arc<Service>,
    turn: AdmissionState,
    _in_flight: TaskTrackerToken,
}

/// Whether an admitted request may run yet.
#[derive(Debug)]
enum AdmissionState {
    Queued(Box<Pass>),
    /// The permits are what counts as running; `None` if the wait was given up.
    Running {
        _permits: Option<Permits>,
    },
}

impl Admission {
    /// Waits for the turn of this request. Starting it does so too; this is for planes that spend nothing before.
    ///
    /// # Cancel safety
    /// Dropping the future gives the place in the queue up: the request then runs as if its turn had come.
    pub(crate) async fn turn(&mut self) {
        if let AdmissionState::Queued(_) = self.turn
            && let AdmissionState::Queued(pass) =
                std::mem::replace(&mut self.turn, AdmissionState::Running { _permits: None })
        {
            self.turn = AdmissionState::Running { _permits: Some(pass.turn().await) };
        }
    }

    /// Waits for its turn and starts the engine.
    ///
    /// # Errors
    /// An error that the caller gets instead of a stream: the request was not understood, or was refused as invalid.
    /// Every other failure is the one item of the stream, because a Dynamo caller takes an instance out of rotation
    /// whose stream does not start (WIRE.md section 4.3).
    pub(crate) async fn start(
        self,
        cx: Context,
        codec: Codec,
        input: RequestInput,
    ) -> Result<Running, EndpointError> {
        let served = Arc::clone(&self.served);
        let options = served.options;
        let Some(runtime) = served.runtime.clone().filter(|_| options.runs_apart()) else {
            return self.start_here(cx, codec, input).await;
        };
        let mut watch = Cancellation::new(&cx, options.takes_context);
        let apart = SpawnedHandler { runtime, cpu: options.cpu, on_disconnect: options.on_disconnect };
        let started = tokio::select! {
            biased;
            end = &mut watch => Err(end),
            started = apart.start(self, &cx, codec, input) => Ok(started?),
        };
        // The handler's task has the place among the calls in flight.
        let mut running =
            Running { items: None, failure: None, cx, codec, watch, aborted: false, admitted: None };
        match started {
            Ok(items) => running.items = Some(items),
            Err(end) => running.close(end),
        }
        Ok(running)
    }

    /// The endpoint that was asked.
    pub(super) fn served(&self) -> &Service {
        &self.served
    }

    /// The same, in the task that polls the result.
    pub(super) async fn start_here(
        mut self,
        cx: Context,
        codec: Codec,
        input: RequestInput,
    ) -> Result<Running, EndpointError> {
        let served = Arc::clone(&self.served);
        let mut watch = Cancellation::new(&cx, served.options.takes_context);
        let work = async {
            self.turn().await;
            AssertUnwindSafe(cx.scope(served.engine.start(cx.clone(), codec, input))).catch_unwind().await
        };
        let ended = tokio::select! {
            biased;
            end = &mut watch => Err(end),
            result = work => Ok(result),
        };
        let result = match ended {
            Ok(result) => result,
            Err(end) => return Ok(Running::over(self, cx, codec, watch, end)),
        };
        let result = result.unwrap_or_else(|panic| Err(panicked(&*panic)));
        let (items, failure) = match result {
            Ok(items) => (Some(items), None),
            Err(error) if error.class() == ErrorClass::InvalidRequest => return Err(error),
            Err(error) => (None, Some(error)),
        };
        Ok(Running { items, failure, cx, codec, watch, aborted: false, admitted: Some(self) })
    }
}

/// A call whose engine has started. Dropping it ends the handler.
pub(crate) struct Running {
    items: Option<Box<dyn EncodedItems>>,
    /// An error that is still to be sent.
    failure: Option<EndpointError>,
    cx: Context,
    codec: Codec,
    watch: Cancellation,
    /// Whether the caller wants nothing more, not even an end mark.
    aborted: bool,
    /// The place among the calls in flight, unless a task of the handler has it.
    admitted: Option<Admission>,
}

impl Running {
    /// A call that ended before it started.
    fn over(admitted: Admission, cx: Context, codec: Codec, watch: Cancellation, end: EarlyEnd) -> Self {
        let mut running =
            Self { items: None, failure: None, cx, codec, watch, aborted: false, admitted: Some(admitted) };
        running.close(end);
        running
    }

    /// The context of the call.
    pub(crate) fn context(&self) -> &Context {
        &self.cx
    }

    /// Whether the caller wants nothing more, not even an end mark.
    pub(crate) fn aborted(&self) -> bool {
        self.aborted
    }

    fn close(&mut self, end: EarlyEnd) {
        // Dropping the items is what ends the handler.
        self.items = None;
        match end {
            EarlyEnd::Unwanted => self.aborted = true,
            EarlyEnd::Stopped => {}
            EarlyEnd::Failed(error) => self.failure = Some(error),
        }
    }
}

impl EncodedItems for Running {
    fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<Option<()>> {
        if self.items.is_some()
            && let Poll::Ready(end) = Pin::new(&mut self.watch).poll(task)
        {
            self.close(end);
        }
        if let Some(items) = self.items.as_mut() {
            let before = buf.len();
            let poll = self.cx.enter(|| catch_unwind(AssertUnwindSafe(|| items.poll_into(task, buf))));
            match poll {
                Ok(Poll::Pending) => return Poll::Pending,
                // Whatever the handler made of a part of its requests, it is not the answer to all of them.
                Ok(Poll::Ready(_)) if matches!(self.cx.cause(), Some(CancelCause::BrokenInput(_))) => {
                    buf.truncate(before);
                    self.close(self.watch.end());
                }
                Ok(Poll::Ready(Some(()))) => return Poll::Ready(Some(())),
                Ok(Poll::Ready(None)) => {
                    if let Some(admitted) = &self.admitted
                        && !items.failed()
                    {
                        admitted.served.succeeded();
                    }
                    self.items = None;
                }
                Err(panic) => {
                    buf.truncate(before);
                    self.items = None;
                    self.failure = Some(panicked(&*panic));
                }
            }
        }
        match self.failure.take() {
            Some(error) => {
                put_error(self.codec, &error, buf);
                Poll::Ready(Some(()))
            }
            None => Poll::Ready(None),
        }
    }
}
