//! One served endpoint: its engine, its limits, and the calls in flight.
//!
//! Every transport brings its requests here, so that admission, cancellation, deadlines and panics work alike
//! on all.

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
use crate::runtime::Runtime;
use crate::service::admission::{Limiter, Permit, Refusal};
use crate::service::erased::ErasedEngine;
use crate::service::input::wrong_shape;
use crate::service::spec::{EndpointSpec, Options};
use crate::sync::Lock;

/// An endpoint of this process.
pub(crate) struct Service {
    pub(crate) endpoint: EndpointId,
    pub(crate) instance: InstanceId,
    engine: Box<dyn ErasedEngine>,
    options: Options,
    /// The limits of the endpoint, if it has any, in front of those of the process.
    limiter: Arc<Limiter>,
    /// Spawns handlers that need a task. Without a runtime they run with their caller.
    runtime: Option<Runtime>,
    refusing: AtomicBool,
    calls: TaskTracker,
    /// The parent of the context of every call.
    root: Context,
    /// When a call last succeeded.
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
        let limiter = match options.in_flight {
            Some((running, queue)) => Limiter::in_front_of(process, running, queue),
            None => process,
        };
        let calls = TaskTracker::new();
        calls.close();
        Arc::new(Self {
            endpoint,
            instance,
            engine,
            options,
            limiter,
            runtime,
            refusing: AtomicBool::new(false),
            calls,
            root: Context::new(),
            last_success: Lock::new(None),
        })
    }

    /// Admits a request, or returns why it was rejected. Never blocks.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Admission, Refusal> {
        // Counted before the check, so that a drain that starts now waits for this call.
        let in_flight = self.calls.token();
        if self.refusing.load(Ordering::Acquire) {
            return Err(Refusal::Unavailable(format!(
                "instance {} of {} is draining",
                self.instance, self.endpoint
            )));
        }
        let Some(permit) = self.limiter.enter() else {
            return Err(Refusal::Overloaded("worker at capacity".to_owned()));
        };
        Ok(Admission { service: Arc::clone(self), permit, _in_flight: in_flight })
    }

    /// Checks that the endpoint takes such a request: a stream of requests, or a single one.
    ///
    /// # Errors
    /// The error for the caller if it does not. No handler has run.
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

    /// When a call last succeeded.
    pub(crate) fn last_success(&self) -> Option<Instant> {
        *self.last_success.lock()
    }

    /// Records that a call succeeded just now.
    pub(super) fn succeeded(&self) {
        *self.last_success.lock() = Some(Instant::now());
    }

    /// Rejects all further requests.
    pub(crate) fn refuse(&self) {
        self.refusing.store(true, Ordering::Release);
    }

    /// Waits until no call is in flight.
    pub(crate) async fn idle(&self) {
        self.calls.wait().await;
    }

    /// The number of calls in flight, including those in the queue.
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
    service: Arc<Service>,
    permit: Permit,
    _in_flight: TaskTrackerToken,
}

impl Admission {
    /// Waits until the request may run. Starting it waits as well; this is for transports that set nothing up
    /// before.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future keeps the place in the queue.
    pub(crate) async fn ready(&mut self) {
        self.permit.ready().await;
    }

    /// The endpoint that was called.
    pub(super) fn service(&self) -> &Arc<Service> {
        &self.service
    }
}
