//! The outgoing stream of requests of a call, encoded as the plane pulls them.
//!
//! A plane takes the stream at most once. A plane that returns it unpolled has not started the call, so the
//! call may be retried on another instance.

use std::any::type_name;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context as Task, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use crate::address::ids::EndpointId;
use crate::clock::after;
use crate::engine::context::Context;
use crate::engine::requests::RequestStream;
use crate::error::call::CallError;
use crate::error::call::kind::CallErrorKind;
use crate::error::cancel::CancelCause;
use crate::error::chain::chain;
use crate::error::transport::TransportError;
use crate::sync::Lock;
use crate::wire::codec::Codec;

/// A stream of requests with its type erased.
trait RequestItems: Send {
    /// Polls the next request and appends it to `buf`.
    fn poll_into(
        &mut self,
        task: &mut Task<'_>,
        codec: Codec,
        buf: &mut BytesMut,
    ) -> Poll<Option<Result<(), CallError>>>;
}

struct Typed<T> {
    requests: RequestStream<T>,
    endpoint: EndpointId,
    item: u64,
}

impl<T: Serialize> RequestItems for Typed<T> {
    fn poll_into(
        &mut self,
        task: &mut Task<'_>,
        codec: Codec,
        buf: &mut BytesMut,
    ) -> Poll<Option<Result<(), CallError>>> {
        let request = match ready!(self.requests.poll_next_unpin(task)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            Some(Ok(request)) => request,
        };
        let item = self.item;
        self.item += 1;
        let encoded = codec.encode_into(&request, buf).map_err(|error| {
            let what = format!("item {item} of type {} as {codec}: {}", type_name::<T>(), chain(&error));
            TransportError::encode(what).of(&self.endpoint)
        });
        Poll::Ready(Some(encoded))
    }
}

/// Which side the stream is waiting for.
#[derive(Clone, Copy, Debug)]
enum SourceTurn {
    /// The instance, since this moment; `None`: since it has the call.
    Theirs(Option<Instant>),
    /// The caller: its next request is not ready.
    Ours,
}

struct SourceState {
    requests: Option<Box<dyn RequestItems>>,
    fault: Option<CallError>,
    pace: SourceTurn,
}

/// The stream of requests of a call. Clones share it.
#[derive(Clone)]
pub(crate) struct RequestSource {
    state: Arc<Lock<SourceState>>,
    endpoint: EndpointId,
}

impl RequestSource {
    pub(crate) fn new<T: Serialize + 'static>(requests: RequestStream<T>, endpoint: &EndpointId) -> Self {
        let requests = Box::new(Typed { requests, endpoint: endpoint.clone(), item: 0 });
        let state = SourceState { requests: Some(requests), fault: None, pace: SourceTurn::Theirs(None) };
        Self { state: Arc::new(Lock::new(state)), endpoint: endpoint.clone() }
    }

    /// Takes the requests for the call with context `cx`; `None` if they are taken. Requests longer than
    /// `limit` bytes fail the call.
    pub(crate) fn open(&self, cx: Context, codec: Codec, limit: Option<Limit>) -> Option<RequestReader> {
        let requests = self.state.lock().requests.take()?;
        let stopped = cx.stopped().boxed();
        Some(RequestReader {
            supply: self.clone(),
            requests: Some(requests),
            codec,
            limit,
            cx,
            stopped,
            touched: false,
        })
    }

    /// Returns whether no request was polled, so the call may be retried on another instance.
    pub(crate) fn is_untouched(&self) -> bool {
        self.state.lock().requests.is_some()
    }

    /// Takes the error that broke the stream.
    pub(crate) fn take_fault(&self) -> Option<CallError> {
        self.state.lock().fault.take()
    }

    /// Returns since when the caller has been waiting for the instance, which has the call since `since`.
    /// `None` while the caller's next request is not ready.
    pub(crate) fn waiting_since(&self, since: Instant) -> Option<Instant> {
        match self.state.lock().pace {
            SourceTurn::Theirs(later) => Some(later.map_or(since, |later| later.max(since))),
            SourceTurn::Ours => None,
        }
    }

    /// Waits until the caller has been waiting for the instance for `limit`.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub(crate) async fn waited(&self, since: Instant, limit: Duration) {
        loop {
            // While the caller's next request is not ready, check again after `limit`: another task polls.
            let at = after(self.waiting_since(since).unwrap_or_else(Instant::now), limit);
            if at <= Instant::now() {
                return;
            }
            sleep_until(at).await;
        }
    }
}

impl fmt::Debug for RequestSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSource").field("untouched", &self.is_untouched()).finish_non_exhaustive()
    }
}

/// The maximum size of a request, and the plane that sets it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) bytes: usize,
    pub(crate) plane: &'static str,
}

/// The result of polling for the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadOutcome {
    /// A request was appended.
    Item,
    /// The stream has ended.
    End,
    /// The call was stopped, which ends the stream.
    Stopped,
    /// The stream failed or the call was killed. The context of the call is killed.
    Broken,
}

/// The requests as taken by a plane. Dropping it unpolled returns them to the source.
pub(crate) struct RequestReader {
    supply: RequestSource,
    /// `None` after the last request.
    requests: Option<Box<dyn RequestItems>>,
    codec: Codec,
    limit: Option<Limit>,
    cx: Context,
    stopped: BoxFuture<'static, ()>,
    touched: bool,
}

impl RequestReader {
    /// Polls the next request and appends it to `buf`. After any result but [`ReadOutcome::Item`] the stream
    /// is not polled again.
    pub(crate) fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<ReadOutcome> {
        let Some(requests) = self.requests.as_mut() else { return Poll::Ready(ReadOutcome::End) };
        self.touched = true;
        if self.stopped.poll_unpin(task).is_ready() {
            self.requests = None;
            let fed = if self.cx.is_killed() { ReadOutcome::Broken } else { ReadOutcome::Stopped };
            return Poll::Ready(fed);
        }
        let start = buf.len();
        // Enter the context of the call: some planes poll this inside the handler.
        let polled =
            self.cx.enter(|| catch_unwind(AssertUnwindSafe(|| requests.poll_into(task, self.codec, buf))));
        let size = buf.len() - start;
        let fault = match polled {
            Ok(Poll::Pending) => {
                self.supply.state.lock().pace = SourceTurn::Ours;
                return Poll::Pending;
            }
            Ok(Poll::Ready(None)) => {
                self.requests = None;
                self.supply.state.lock().pace = SourceTurn::Theirs(Some(Instant::now()));
                return Poll::Ready(ReadOutcome::End);
            }
            Ok(Poll::Ready(Some(Ok(())))) => match self.limit {
                Some(Limit { bytes, plane }) if size > bytes => {
                    TransportError::new(CallErrorKind::PayloadTooLarge { size, limit: bytes, plane })
                        .of(&self.supply.endpoint)
                }
                _ => {
                    self.supply.state.lock().pace = SourceTurn::Theirs(Some(Instant::now()));
                    return Poll::Ready(ReadOutcome::Item);
                }
            },
            Ok(Poll::Ready(Some(Err(error)))) => error,
            Err(_) => TransportError::invalid("the stream of requests panicked").of(&self.supply.endpoint),
        };
        buf.truncate(start);
        self.requests = None;
        let why = chain(&fault);
        {
            let mut state = self.supply.state.lock();
            state.pace = SourceTurn::Theirs(Some(Instant::now()));
            state.fault.get_or_insert(fault);
        }
        self.cx.kill(CancelCause::BrokenInput(why));
        Poll::Ready(ReadOutcome::Broken)
    }
}

impl Drop for RequestReader {
    fn drop(&mut self) {
        if !self.touched {
            self.supply.state.lock().requests = self.requests.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures::stream;

    use super::*;

    fn supply(numbers: impl IntoIterator<Item = u32, IntoIter: Send + 'static>) -> RequestSource {
        let endpoint = crate::address::ids::ComponentId::from_static("tests", "input")
            .endpoint(crate::address::names::EndpointName::from_static("numbers"));
        RequestSource::new(RequestStream::new(stream::iter(numbers)), &endpoint)
    }

    async fn next(feed: &mut RequestReader) -> (ReadOutcome, BytesMut) {
        let mut buf = BytesMut::new();
        let fed = poll_fn(|task| feed.poll_into(task, &mut buf)).await;
        (fed, buf)
    }

    #[tokio::test]
    async fn requests_that_nobody_asked_for_come_back() {
        let (supply, cx) = (supply([1, 2]), Context::new());
        let feed = supply.open(cx.clone(), Codec::Json, None).unwrap();
        assert!(supply.open(cx.clone(), Codec::Json, None).is_none() && !supply.is_untouched());
        drop(feed);
        let mut feed = supply.open(cx.clone(), Codec::Json, None).unwrap();
        assert_eq!(next(&mut feed).await, (ReadOutcome::Item, BytesMut::from(&b"1"[..])));
        drop(feed);
        assert!(!supply.is_untouched(), "one request is gone");
    }

    #[tokio::test]
    async fn a_request_that_is_too_long_is_not_sent_and_ends_the_call() {
        let (supply, cx) = (supply([99, 100]), Context::new());
        let mut feed = supply.open(cx.clone(), Codec::Json, Some(Limit { bytes: 2, plane: "test" })).unwrap();
        assert_eq!(next(&mut feed).await, (ReadOutcome::Item, BytesMut::from(&b"99"[..])));
        assert_eq!(next(&mut feed).await, (ReadOutcome::Broken, BytesMut::new()));
        assert!(matches!(cx.cause(), Some(CancelCause::BrokenInput(_))) && cx.is_killed());
        let fault = supply.take_fault().unwrap();
        assert!(
            matches!(fault.kind(), CallErrorKind::PayloadTooLarge { size: 3, limit: 2, plane: "test" }),
            "{fault:?}"
        );
    }

    #[tokio::test]
    async fn a_stop_is_the_end_of_the_requests() {
        let (supply, cx) = (supply(0..), Context::new());
        let mut feed = supply.open(cx.clone(), Codec::Json, None).unwrap();
        assert_eq!(next(&mut feed).await.0, ReadOutcome::Item);
        cx.stop(CancelCause::Requested);
        assert_eq!(next(&mut feed).await.0, ReadOutcome::Stopped);
        assert!(supply.take_fault().is_none());
    }

    #[tokio::test]
    async fn a_panic_in_the_stream_of_requests_is_an_error_of_the_call() {
        std::panic::set_hook(Box::new(|_| {}));
        let (supply, cx) = (supply((0..2).map(|i| 1 / (1 - i))), Context::new());
        let mut feed = supply.open(cx, Codec::Json, None).unwrap();
        assert_eq!(next(&mut feed).await.0, ReadOutcome::Item);
        assert_eq!(next(&mut feed).await.0, ReadOutcome::Broken);
        assert_eq!(supply.take_fault().unwrap().kind(), &CallErrorKind::InvalidCall);
    }

    #[tokio::test(start_paused = true)]
    async fn no_limit_runs_while_the_next_request_is_pending() {
        let endpoint = crate::address::ids::ComponentId::from_static("tests", "input")
            .endpoint(crate::address::names::EndpointName::from_static("numbers"));
        let later = stream::once(async {
            tokio::time::sleep(Duration::from_secs(100)).await;
            1_u32
        });
        let supply = RequestSource::new(RequestStream::new(later), &endpoint);
        let start = Instant::now();
        let mut feed = supply.open(Context::new(), Codec::Json, None).unwrap();
        let limit = Duration::from_secs(7);
        let reading = async {
            assert_eq!(next(&mut feed).await.0, ReadOutcome::Item);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = reading => {}
            () = supply.waited(start, limit) => {}
        }
        let waited = start.elapsed();
        assert!(waited >= Duration::from_secs(107) && waited <= Duration::from_secs(114), "{waited:?}");
    }
}
