//! One served endpoint: its engine, its limits, and the calls in flight.
//!
//! Every transport dispatches its requests through [`Service`], so that admission, cancellation, deadlines
//! and panics behave alike on all of them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::address::ids::{EndpointId, InstanceId};
use crate::engine::context::Context;
use crate::engine::context::Identity;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::observe::observer::{RequestInfo, RequestOutcome, RequestPhase, trace_id};
use crate::observe::observers::Observers;
use crate::observe::request_scope::{RequestIdentity, RequestScope};
use crate::runtime::Runtime;
use crate::service::admission::{Limiter, Permit, Refusal};
use crate::service::erased::ErasedEngine;
use crate::service::input::wrong_shape;
use crate::service::pulse::Pulse;
use crate::service::spec::{EndpointSpec, Options};

/// An endpoint served by this process.
pub(crate) struct Service {
    pub(crate) endpoint: EndpointId,
    pub(crate) instance: InstanceId,
    engine: Box<dyn ErasedEngine>,
    options: Options,
    /// The limits of the endpoint, if it has any, followed by those of the process.
    limiter: Arc<Limiter>,
    /// Spawns handlers that need a task. Without a runtime they run in the caller's task.
    runtime: Option<Runtime>,
    observers: Observers,
    refusing: AtomicBool,
    calls: TaskTracker,
    /// The parent of the context of every call.
    root: Context,
    /// The signs of life, if a canary asks for them.
    pulse: Option<Pulse>,
}

impl Service {
    pub(crate) fn new(
        endpoint: EndpointId,
        instance: InstanceId,
        spec: EndpointSpec,
        process: Arc<Limiter>,
        runtime: Option<Runtime>,
    ) -> Arc<Self> {
        let EndpointSpec { engine, options, canary, .. } = spec;
        let limiter = match options.in_flight {
            Some((running, queue)) => Limiter::in_front_of(process, running, queue),
            None => process,
        };
        let calls = TaskTracker::new();
        calls.close();
        let observers = runtime.as_ref().map(|runtime| runtime.observers().clone()).unwrap_or_default();
        Arc::new(Self {
            endpoint,
            instance,
            engine,
            options,
            limiter,
            runtime,
            observers,
            refusing: AtomicBool::new(false),
            calls,
            root: Context::new(),
            pulse: canary.map(|_| Pulse::default()),
        })
    }

    /// Admits a request, or returns why it was rejected. Never blocks.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Admission, Refusal> {
        // Counted before the check, so that a drain starting now waits for this call.
        let in_flight = self.calls.token();
        if self.refusing.load(Ordering::Acquire) {
            self.refused();
            return Err(Refusal::Unavailable(format!(
                "instance {} of {} is draining",
                self.instance, self.endpoint
            )));
        }
        let Some(permit) = self.limiter.enter() else {
            self.refused();
            return Err(Refusal::Overloaded("worker at capacity".to_owned()));
        };
        let request = HandledRequest { service: Arc::clone(self), cx: None };
        let request = RequestScope::admitted(request, permit.is_queued());
        Ok(Admission { request, permit: Some(permit), _in_flight: in_flight })
    }

    fn refused(&self) {
        self.observers.request(&self.request_info(None), RequestPhase::Refused);
    }

    fn request_info<'a>(&'a self, cx: Option<&'a Context>) -> RequestInfo<'a> {
        let trace = cx.and_then(|cx| cx.trace().traceparent.as_deref()).and_then(trace_id);
        RequestInfo::new(&self.endpoint, self.instance, cx.map(Context::id), trace)
    }

    /// Checks that the endpoint accepts this kind of request: a stream of requests, or a single one.
    ///
    /// # Errors
    /// The error to send if it does not. No handler has run.
    pub(crate) fn takes(&self, stream: bool) -> Result<(), EndpointError> {
        let takes_stream = self.engine.takes_stream();
        if takes_stream == stream { Ok(()) } else { Err(wrong_shape(takes_stream)) }
    }

    pub(super) fn engine(&self) -> &dyn ErasedEngine {
        &*self.engine
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    pub(super) fn runtime(&self) -> Option<&Runtime> {
        self.runtime.as_ref()
    }

    /// Returns the signs of life, if the endpoint has a canary.
    pub(crate) fn pulse(&self) -> Option<&Pulse> {
        self.pulse.as_ref()
    }

    /// Records a sign of life: an item, or the end of a successful call.
    pub(super) fn lives(&self) {
        if let Some(pulse) = &self.pulse {
            pulse.beat();
        }
    }

    /// Returns whether a further call would have to wait for its turn.
    pub(crate) fn is_busy(&self) -> bool {
        self.limiter.is_full()
    }

    /// Rejects all further requests.
    pub(crate) fn refuse(&self) {
        self.refusing.store(true, Ordering::Release);
    }

    /// Waits until no call is in flight.
    pub(crate) async fn idle(&self) {
        self.calls.wait().await;
    }

    /// Returns the number of calls in flight, including those in the queue.
    pub(crate) fn in_flight(&self) -> usize {
        self.calls.len()
    }

    /// Asks all calls in flight to finish.
    pub(crate) fn stop(&self) {
        self.root.stop(CancelCause::Shutdown);
    }

    /// Kills all calls in flight.
    pub(crate) fn kill(&self) {
        self.root.kill(CancelCause::Shutdown);
    }

    /// Creates the context of a call to this endpoint.
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

/// An admitted request. It counts as in flight until this is dropped.
#[derive(Debug)]
pub(crate) struct Admission {
    request: RequestScope<HandledRequest>,
    /// `None` once the handler has ended: its place is free before its caller learns of the end.
    permit: Option<Permit>,
    _in_flight: TaskTrackerToken,
}

impl Admission {
    /// Waits until the request may run. Starting it also waits; this method is for transports that set up
    /// nothing before.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future keeps the place in the queue.
    pub(crate) async fn ready(&mut self) {
        if let Some(permit) = &mut self.permit {
            permit.ready().await;
        }
        self.request.dequeued();
    }

    /// Returns the called endpoint.
    pub(super) fn service(&self) -> &Arc<Service> {
        &self.request.identity().service
    }

    /// Returns the observers of the endpoint's runtime.
    #[cfg(feature = "_network")]
    pub(crate) fn observers(&self) -> &Observers {
        &self.service().observers
    }

    /// Reports that the handler starts.
    pub(super) fn started(&mut self, cx: &Context) {
        if let Some(pulse) = &self.service().pulse {
            pulse.started(cx.id());
        }
        self.request.start(|request| request.cx = Some(cx.clone()));
    }

    /// Reports that the handler completed, or that its last item was an error.
    pub(super) fn completed(&mut self, failed: Option<ErrorClass>) {
        match failed {
            None => {
                self.service().lives();
                self.permit = None;
                self.request.end(RequestOutcome::Succeeded);
            }
            Some(class) => self.failed(class),
        }
    }

    /// Reports that the caller receives an error, which is the end.
    pub(crate) fn failed(&mut self, class: ErrorClass) {
        self.permit = None;
        self.request.end(RequestOutcome::Failed(class));
    }

    /// Returns the span of the request.
    pub(super) fn span(&self) -> &tracing::Span {
        self.request.span()
    }
}

/// Identifies the handled request in reports.
#[derive(Debug)]
struct HandledRequest {
    service: Arc<Service>,
    /// Set when the handler starts.
    cx: Option<Context>,
}

impl RequestIdentity for HandledRequest {
    fn info(&self) -> RequestInfo<'_> {
        self.service.request_info(self.cx.as_ref())
    }

    fn observers(&self) -> &Observers {
        &self.service.observers
    }
}
