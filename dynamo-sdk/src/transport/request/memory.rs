//! The in-process request plane: calls the engine directly, without socket, task or queue.
//!
//! Requests and items are still encoded, so a type that cannot be serialized fails here too. The handler runs
//! while its response is polled.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context as Task, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use tokio::time::Instant;

use crate::clock::after;
use crate::engine::context::Context;
use crate::engine::context::kill_on_drop::{KillOnDrop, why_given_up};
use crate::error::call::kind::{CallErrorKind, Stage};
use crate::error::cancel::CancelCause;
use crate::error::transport::TransportError;
use crate::error::{Error, ErrorKind, Result};
use crate::service::admission::Refusal;
use crate::service::endpoint::Service;
use crate::service::erased::EncodedItems;
use crate::service::input::{EncodedRequests, InputBreak, RequestInput};
use crate::service::registry::path;
use crate::service::running::Running;
use crate::sync::Lock;
use crate::transport::request::source::{ReadOutcome, RequestReader, RequestSource};
use crate::transport::request::{Request, RequestBody, RequestTransport, Response, ResponseBody};
use crate::wire::codec::Codec;
use crate::wire::instance::{Instance, Transport};
use crate::wire::item;

/// Calls `served`, an endpoint of this process. Boxed, so that calls to other processes have no room for it.
pub(crate) fn call(served: &Arc<Service>, call: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
    start(served, call).boxed()
}

async fn start(served: &Arc<Service>, call: Request) -> Result<Response, TransportError> {
    let Request { target, cx, input, first_item } = call;
    let supply = input.supply().cloned();
    served.takes(supply.is_some())?;
    let admitted = served.admit().map_err(refused)?;
    let acknowledged = Instant::now();
    // The handler's context is a child of the endpoint's, so a shutdown cancels it. The caller cancels it by
    // dropping the response, or by a stop, which `LocalResponse` forwards.
    let inner = served.context(cx.identity().clone());
    let codec = target.codec;
    let input = match input {
        RequestBody::One(body) => RequestInput::One(body),
        RequestBody::Many(supply) => RequestInput::Many(encoded(supply.open(cx.clone(), codec, None))),
    };
    let mut start = pin!(admitted.start(inner.clone(), codec, input));
    // Declared after `start` and so dropped before it: the context is killed before the handler is dropped.
    let abandon = KillOnDrop::on_behalf_of(inner.clone(), cx.clone());
    let running = tokio::select! {
        biased;
        () = cx.killed() => return Err(TransportError::cancelled(cx.cause())),
        () = pass_on_stop(&cx, &inner) => return Err(TransportError::cancelled(cx.cause())),
        running = &mut start => running?,
        limit = expired(acknowledged, first_item, supply.as_ref()) => {
            return Err(TransportError::timed_out(Stage::FirstItem, limit));
        }
    };
    abandon.keep();
    let bodies = LocalResponse {
        running: Some(running),
        codec,
        buf: BytesMut::new(),
        finished: false,
        stop: CancelForwarder::new(&cx, inner),
    };
    Ok(Response { bodies: Box::new(bodies), acknowledged })
}

/// Forwards a stop to a handler that is starting. Never returns.
async fn pass_on_stop(caller: &Context, handler: &Context) {
    caller.stopped().await;
    if !caller.is_killed() {
        handler.stop(CancelCause::Requested);
    }
    std::future::pending::<()>().await;
}

/// Waits until the limit of the instance has passed; forever without a limit. Returns the limit.
async fn expired(start: Instant, limit: Option<Duration>, supply: Option<&RequestSource>) -> Duration {
    let Some(limit) = limit else { return std::future::pending().await };
    match supply {
        Some(supply) => supply.waited(start, limit).await,
        None => tokio::time::sleep_until(after(start, limit)).await,
    }
    limit
}

/// Encodes requests as the handler pulls them.
fn encoded(feed: Option<RequestReader>) -> EncodedRequests {
    let Some(mut feed) = feed else { return stream::empty().boxed() };
    let mut buf = BytesMut::new();
    stream::poll_fn(move |task| {
        Poll::Ready(match ready!(feed.poll_into(task, &mut buf)) {
            ReadOutcome::Item => Some(Ok(buf.split().freeze())),
            ReadOutcome::End => None,
            ReadOutcome::Stopped => Some(Err(InputBreak::Stopped)),
            ReadOutcome::Broken => Some(Err(InputBreak::Killed)),
        })
    })
    .boxed()
}

fn refused(refusal: Refusal) -> TransportError {
    match refusal {
        Refusal::Overloaded(message) => TransportError::new(CallErrorKind::Overloaded { message }),
        Refusal::Unavailable(why) => TransportError::undelivered(why),
    }
}

/// Forwards stops and kills of the caller's context to the handler's.
struct CancelForwarder {
    caller: Context,
    handler: Context,
    stopped: BoxFuture<'static, ()>,
    killed: BoxFuture<'static, ()>,
    passed_on: bool,
}

impl CancelForwarder {
    fn new(caller: &Context, handler: Context) -> Self {
        Self {
            caller: caller.clone(),
            handler,
            stopped: caller.stopped().boxed(),
            killed: caller.killed().boxed(),
            passed_on: false,
        }
    }

    /// Forwards pending signals. Returns whether the caller killed the call.
    fn poll(&mut self, task: &mut Task<'_>) -> bool {
        if self.killed.poll_unpin(task).is_ready() {
            self.handler.kill(self.caller.cause().unwrap_or(CancelCause::Requested));
            return true;
        }
        if !self.passed_on && self.stopped.poll_unpin(task).is_ready() {
            self.passed_on = true;
            self.handler.stop(CancelCause::Requested);
        }
        false
    }
}

/// The response of an in-process handler.
struct LocalResponse {
    running: Option<Running>,
    codec: Codec,
    buf: BytesMut,
    /// Whether the final item was returned.
    finished: bool,
    stop: CancelForwarder,
}

impl ResponseBody for LocalResponse {
    fn poll_body(&mut self, task: &mut Task<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        let Some(running) = self.running.as_mut() else {
            if self.finished {
                return Poll::Ready(None);
            }
            self.finished = true;
            if let Err(source) = item::put_final(self.codec, &mut self.buf) {
                tracing::error!(error = %source, "failed to encode an end mark");
                return Poll::Ready(None);
            }
            return Poll::Ready(Some(Ok(self.buf.split().freeze())));
        };
        if self.stop.poll(task) {
            self.running = None;
            self.finished = true;
            return Poll::Ready(Some(Err(TransportError::cancelled(self.stop.caller.cause()))));
        }
        if ready!(running.poll_into(task, &mut self.buf)).is_some() {
            return Poll::Ready(Some(Ok(self.buf.split().freeze())));
        }
        self.running = None;
        self.poll_body(task)
    }

    fn complete(&mut self) {}
}

impl Drop for LocalResponse {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.context().kill(why_given_up(&self.stop.caller));
        }
    }
}

/// Connects the runtimes of one process that share it, for tests and single-process programs.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryNetwork {
    served: Arc<Lock<HashMap<String, Weak<Service>>>>,
}

/// The request plane over a [`MemoryNetwork`].
#[derive(Debug)]
pub(crate) struct MemoryTransport {
    pub(crate) switchboard: MemoryNetwork,
}

#[async_trait]
impl RequestTransport for MemoryTransport {
    fn speaks(&self) -> &'static str {
        "memory"
    }

    async fn open(&self, served: &Arc<Service>) -> Result<Transport> {
        let address = path(&served.endpoint, served.instance);
        if self
            .switchboard
            .served
            .lock()
            .insert(address.clone(), Arc::downgrade(served))
            .is_some_and(|old| old.strong_count() > 0)
        {
            return Err(Error::new(ErrorKind::Conflict, format!("{address} is in use in this process")));
        }
        Ok(Transport::Memory(address))
    }

    async fn close(&self, served: &Arc<Service>) {
        self.switchboard.served.lock().remove(&path(&served.endpoint, served.instance));
    }

    async fn call(&self, outgoing: Request) -> Result<Response, TransportError> {
        let target = &outgoing.target;
        let Transport::Memory(address) = &target.transport else {
            return Err(incompatible(target, "memory"));
        };
        let served = self.switchboard.served.lock().get(address).and_then(Weak::upgrade);
        match served {
            Some(served) => call(&served, outgoing).await,
            None => Err(TransportError::undelivered(format!("{address} is not served in this process"))),
        }
    }

    async fn shutdown(&self) {}
}

/// Returns the error for an instance that is reachable over another plane only.
pub(crate) fn incompatible(target: &Instance, ours: &'static str) -> TransportError {
    TransportError::new(CallErrorKind::IncompatibleTransport {
        theirs: target.transport.name().to_owned(),
        ours,
    })
}
