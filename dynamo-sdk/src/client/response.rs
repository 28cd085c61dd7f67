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

use crate::clock::after;
use crate::engine::context::Context;
use crate::error::call::CallError;
use crate::error::call::kind::Stage;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::error::transport::TransportError;
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
    state: ResponseState,
    from: Arc<Instance>,
    cx: Context,
    limits: ItemLimits,
    timeout: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Items delivered so far.
    count: u64,
    /// The request stream of the call.
    supply: Option<RequestSource>,
    item: PhantomData<fn() -> T>,
}

/// How far a response has come.
enum ResponseState {
    /// Items are expected. Dropping the bodies kills the handler.
    Open {
        bodies: Box<dyn ResponseBody>,
        /// Start of the current wait: the acknowledgement, then the first poll that found no item ready.
        since: Option<Instant>,
    },
    /// The final item was received; what is left is the end of the connection.
    Closing { bodies: Box<dyn ResponseBody>, since: Option<Instant> },
    /// The response has ended.
    Ended,
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
        let state = ResponseState::Open { bodies, since: Some(acknowledged) };
        Self { state, from, cx, limits, timeout, timer: None, count: 0, supply: None, item: PhantomData }
    }

    /// Attaches the request stream of the call.
    pub(crate) fn fed_by(mut self, supply: Option<RequestSource>) -> Self {
        self.supply = supply;
        self
    }

    /// Adds what this side knows to an error of the transport.
    fn located(&self, error: TransportError) -> CallError {
        error.at(&self.from.endpoint, self.from.id).with_items(self.count)
    }

    /// Converts an error item. The deadline passes on both sides at once, so `DeadlineExceeded` from the
    /// server after it is reported as this side's timeout.
    fn failed(&self, error: EndpointError) -> TransportError {
        let passed = self.cx.deadline().is_some_and(|deadline| deadline <= Instant::now());
        if passed && error.class() == ErrorClass::DeadlineExceeded {
            TransportError::timed_out(Stage::Deadline, self.timeout.unwrap_or_default())
        } else {
            error.into()
        }
    }

    /// Checks the limits when no item is ready. Returns the error of an expired one, `None` if the response is complete
    /// and its connection does not close.
    fn poll_limits(&mut self, task: &mut Task<'_>) -> Poll<Option<TransportError>> {
        let (since, closing) = match &mut self.state {
            ResponseState::Open { since, .. } => (since, false),
            ResponseState::Closing { since, .. } => (since, true),
            ResponseState::Ended => return Poll::Ready(None),
        };
        let since = *since.get_or_insert_with(Instant::now);
        let (stage, limit) = match (closing, self.count) {
            (true, _) => (Stage::NextItem, Some(AFTER_END)),
            (false, 0) => (Stage::FirstItem, self.limits.first_item),
            (false, _) => (Stage::NextItem, self.limits.silence),
        };
        // The limit does not run while the call waits for the caller's next request; check again one limit
        // from now.
        let from = match &self.supply {
            Some(supply) if !closing => supply.waiting_since(since).unwrap_or_else(Instant::now),
            _ => since,
        };
        let by_limit = limit.map(|limit| (after(from, limit), stage, limit));
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
        if closing {
            return Poll::Ready(None);
        }
        if stage == Stage::Deadline {
            self.cx.kill(CancelCause::Deadline);
        }
        Poll::Ready(Some(TransportError::timed_out(stage, limit)))
    }

    /// Marks the final item as received.
    fn complete(&mut self) {
        if let ResponseState::Open { mut bodies, since } = self.end() {
            bodies.complete();
            self.state = ResponseState::Closing { bodies, since };
        }
    }

    /// Ends the response and returns the state it was in; dropping an open one kills the handler.
    fn end(&mut self) -> ResponseState {
        std::mem::replace(&mut self.state, ResponseState::Ended)
    }
}

/// The effect of one body on the stream.
enum BodyStep<T> {
    Deliver(T),
    Fail(TransportError),
    Next,
}

impl<T: DeserializeOwned> TypedResponse<T> {
    fn step(&mut self, body: &[u8]) -> BodyStep<T> {
        if let ResponseState::Closing { .. } = self.state {
            return BodyStep::Fail(TransportError::protocol("data after the end of the response"));
        }
        let received = match item::decode::<T>(self.from.codec, body) {
            Ok(received) => received,
            Err(source) => {
                return BodyStep::Fail(TransportError::decode(self.count, type_name::<T>(), source));
            }
        };
        let item = match received {
            Received::Empty => return BodyStep::Fail(TransportError::protocol("an item without content")),
            Received::Item(item) => Some(item),
            Received::End(item) => {
                self.complete();
                item
            }
        };
        match item {
            Some(Item::Data(item)) => {
                self.count += 1;
                BodyStep::Deliver(item)
            }
            Some(Item::Error(error)) => {
                // An error is the last item; nothing after it is awaited.
                self.complete();
                BodyStep::Fail(self.failed(error))
            }
            Some(Item::Nothing) | None => BodyStep::Next,
        }
    }

    fn poll_item(&mut self, task: &mut Task<'_>) -> Poll<Option<Result<T, TransportError>>> {
        loop {
            let (ResponseState::Open { bodies, since } | ResponseState::Closing { bodies, since }) =
                &mut self.state
            else {
                return Poll::Ready(None);
            };
            let end = match bodies.poll_body(task) {
                Poll::Ready(Some(Ok(body))) => {
                    *since = None;
                    match self.step(&body) {
                        BodyStep::Deliver(item) => return Poll::Ready(Some(Ok(item))),
                        BodyStep::Next => continue,
                        BodyStep::Fail(error) => Some(error),
                    }
                }
                Poll::Ready(ended) => {
                    // The transport has ended the response itself.
                    bodies.complete();
                    ended.and_then(Result::err)
                }
                Poll::Pending => ready!(self.poll_limits(task)),
            };
            drop(self.end());
            return Poll::Ready(end.map(Err));
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
            drop(self.end());
            return Poll::Ready(Some(Err(fault)));
        }
        Poll::Ready(next.map(|item| item.map_err(|error| self.located(error))))
    }
}
