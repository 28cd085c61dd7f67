//! The typed items of a response, for every request plane: decodes items, enforces limits, and tells a
//! regular end from a lost connection.

use std::any::type_name;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll, ready};
use std::time::Duration;

use futures::Stream;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::engine::context::Context;
use crate::error::call::{CallError, Stage};
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::transport::request::source::RequestSource;
use crate::transport::request::{Response, ResponseBody};
use crate::wire::instance::Instance;
use crate::wire::item;
use crate::wire::item::{Item, Received};

/// How long to wait for the connection to close after the final item.
const AFTER_END: Duration = Duration::from_secs(1);

/// The limits of a response; `None` means unlimited.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemLimits {
    pub(crate) first_item: Option<Duration>,
    silence: Option<Duration>,
}

impl ItemLimits {
    /// Creates limits; zero means unlimited.
    pub(crate) fn new(first_item: Duration, silence: Duration) -> Self {
        let some = |limit: Duration| (!limit.is_zero()).then_some(limit);
        Self { first_item: some(first_item), silence: some(silence) }
    }
}

/// The response stream of a call, decoded.
pub(crate) struct TypedResponse<T> {
    bodies: Option<Box<dyn ResponseBody>>,
    from: Arc<Instance>,
    cx: Context,
    limits: ItemLimits,
    timeout: Option<Duration>,
    /// When the current wait began: the acknowledgement for the first item, later the first poll that had to
    /// wait.
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    count: u64,
    /// Whether the final item was received.
    complete: bool,
    /// The request stream of the call.
    supply: Option<RequestSource>,
    item: PhantomData<fn() -> T>,
}

impl<T> TypedResponse<T> {
    pub(crate) fn new(
        response: Response,
        from: Arc<Instance>,
        cx: Context,
        limits: ItemLimits,
        timeout: Option<Duration>,
    ) -> Self {
        let Response { bodies, acknowledged } = response;
        Self {
            bodies: Some(bodies),
            from,
            cx,
            limits,
            timeout,
            since: Some(acknowledged),
            timer: None,
            count: 0,
            complete: false,
            supply: None,
            item: PhantomData,
        }
    }

    /// Attaches the request stream of the call.
    pub(crate) fn fed_by(mut self, supply: Option<RequestSource>) -> Self {
        self.supply = supply;
        self
    }

    fn broken(&self, what: &str) -> CallError {
        CallError::Protocol {
            endpoint: self.from.endpoint.clone(),
            instance: self.from.id,
            what: what.to_owned(),
        }
    }

    /// Converts an error item. The deadline passes on both sides at once, so `DeadlineExceeded` from the
    /// server after it is reported as this side's timeout.
    fn failed(&self, error: EndpointError) -> CallError {
        let passed = self.cx.deadline().is_some_and(|deadline| deadline <= Instant::now());
        if !passed || error.class() != ErrorClass::DeadlineExceeded {
            return CallError::Endpoint(error);
        }
        let (endpoint, instance) = (self.from.endpoint.clone(), self.from.id);
        let limit = self.timeout.unwrap_or_default();
        CallError::TimedOut { endpoint, instance, stage: Stage::Deadline, limit }
    }

    /// Checks the limits when no item is ready. Returns the error of an expired one.
    fn poll_limits(&mut self, task: &mut Task<'_>) -> Poll<Option<CallError>> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let (stage, limit) = match (self.complete, self.count) {
            (true, _) => (Stage::NextItem, Some(AFTER_END)),
            (false, 0) => (Stage::FirstItem, self.limits.first_item),
            (false, _) => (Stage::NextItem, self.limits.silence),
        };
        // The limit does not run while the call waits for the caller's next request; check again one limit
        // from now.
        let from = match &self.supply {
            Some(supply) if !self.complete => supply.waiting_since(since).unwrap_or_else(Instant::now),
            _ => since,
        };
        let by_limit = limit.map(|limit| (from + limit, stage, limit));
        let by_deadline =
            self.cx.deadline().map(|deadline| (deadline, Stage::Deadline, self.timeout.unwrap_or_default()));
        let next = match (by_limit, by_deadline) {
            (Some(limit), Some(deadline)) => Some(if limit.0 < deadline.0 { limit } else { deadline }),
            (limit, deadline) => limit.or(deadline),
        };
        let Some((at, stage, limit)) = next else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if timer.deadline() != at {
            timer.as_mut().reset(at);
        }
        if timer.as_mut().poll(task).is_pending() {
            return Poll::Pending;
        }
        if self.complete {
            return Poll::Ready(None);
        }
        if stage == Stage::Deadline {
            self.cx.kill(CancelCause::Deadline);
        }
        let (endpoint, instance) = (self.from.endpoint.clone(), self.from.id);
        Poll::Ready(Some(CallError::TimedOut { endpoint, instance, stage, limit }))
    }

    /// Closes the response; unless `complete`, this kills the handler.
    fn close(&mut self, complete: bool) {
        if let Some(mut bodies) = self.bodies.take()
            && complete
        {
            bodies.complete();
        }
    }
}

/// The effect of one body on the stream.
enum BodyStep<T> {
    Deliver(T),
    Fail(CallError),
    Next,
}

impl<T: DeserializeOwned> TypedResponse<T> {
    fn step(&mut self, body: &[u8]) -> BodyStep<T> {
        if self.complete {
            return BodyStep::Fail(self.broken("data after the end of the response"));
        }
        let received = match item::decode::<T>(self.from.codec, body) {
            Ok(received) => received,
            Err(source) => {
                return BodyStep::Fail(CallError::Decode {
                    endpoint: self.from.endpoint.clone(),
                    item: self.count,
                    expected: type_name::<T>(),
                    source: source.into(),
                });
            }
        };
        let item = match received {
            Received::Empty => return BodyStep::Fail(self.broken("an item without content")),
            Received::Item(item) => Some(item),
            Received::End(item) => {
                self.complete = true;
                if let Some(bodies) = self.bodies.as_mut() {
                    bodies.complete();
                }
                item
            }
        };
        match item {
            Some(Item::Data(item)) => {
                self.count += 1;
                BodyStep::Deliver(item)
            }
            Some(Item::Error(error)) => {
                self.complete = true;
                BodyStep::Fail(self.failed(error))
            }
            Some(Item::Nothing) | None => BodyStep::Next,
        }
    }
}

impl<T: DeserializeOwned> Stream for TypedResponse<T> {
    type Item = Result<T, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.poll_item(task));
        // A request that cannot be sent kills the call; its error is more specific than that of the kill.
        if !matches!(next, Some(Ok(_)))
            && let Some(fault) = self.supply.take().and_then(|supply| supply.take_fault())
        {
            self.close(false);
            return Poll::Ready(Some(Err(fault)));
        }
        Poll::Ready(next)
    }
}

impl<T: DeserializeOwned> TypedResponse<T> {
    fn poll_item(&mut self, task: &mut Task<'_>) -> Poll<Option<Result<T, CallError>>> {
        loop {
            let Some(bodies) = self.bodies.as_mut() else { return Poll::Ready(None) };
            match bodies.poll_body(task) {
                Poll::Ready(Some(Ok(body))) => {
                    self.since = None;
                    match self.step(&body) {
                        BodyStep::Deliver(item) => return Poll::Ready(Some(Ok(item))),
                        BodyStep::Next => {}
                        BodyStep::Fail(error) => {
                            let complete = self.complete;
                            self.close(complete);
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                }
                Poll::Ready(Some(Err(mut error))) => {
                    self.close(true);
                    if let CallError::ConnectionLost { items, .. } = &mut error {
                        *items = self.count;
                    }
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(None) => {
                    self.close(true);
                    return Poll::Ready(None);
                }
                Poll::Pending => match self.poll_limits(task) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(error) => {
                        let complete = self.complete;
                        self.close(complete);
                        return Poll::Ready(error.map(Err));
                    }
                },
            }
        }
    }
}
