//! The caller's end of a connection for requests, polled by the reader of the response: no task, no queue.
//!
//! At most one batch and one request are encoded ahead of writing, so a worker that does not read pauses the
//! stream of requests.

use std::pin::Pin;
use std::task::{Context as Task, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::engine::context::Context;
use crate::observe::connection_scope::ConnectionScope;
use crate::transport::net::stream::Stream;
use crate::transport::request::source::{Limit, ReadOutcome, RequestReader, RequestSource};
use crate::transport::response::listener::{ExpectedConnection, HomeConnection};
use crate::wire::codec::Codec;
use crate::wire::control::Signal;
use crate::wire::frame::{put_control, put_data_with};

/// Ready requests are batched up to this many bytes before writing.
const BATCH: usize = 32 * 1024;

/// Sends the requests of a call.
pub(super) struct RequestSender {
    state: SenderState,
    codec: Codec,
    cx: Context,
    /// Maximum size of a request, in bytes.
    max_item: usize,
}

enum SenderState {
    /// The worker has not connected for the requests yet.
    Awaited {
        expected: ExpectedConnection,
        supply: RequestSource,
    },
    Open(OpenSender),
    /// All requests were sent, or the worker closed the connection.
    Over,
}

struct OpenSender {
    stream: Stream,
    _open: ConnectionScope,
    /// `None` once the closing frame is in `out`.
    feed: Option<RequestReader>,
    out: BytesMut,
}

impl RequestSender {
    pub(super) fn new(
        expected: ExpectedConnection,
        supply: RequestSource,
        codec: Codec,
        cx: Context,
        max_item: usize,
    ) -> Self {
        Self { state: SenderState::Awaited { expected, supply }, codec, cx, max_item }
    }

    /// Takes one step. Ready if another may follow.
    pub(super) fn poll_step(&mut self, task: &mut Task<'_>) -> Poll<()> {
        match &mut self.state {
            SenderState::Over => Poll::Pending,
            SenderState::Awaited { expected, supply } => {
                let arrival = ready!(Pin::new(&mut expected.arrival).poll(task));
                let limit = Limit { bytes: self.max_item, plane: "call home" };
                let feed = supply.open(self.cx.clone(), self.codec, Some(limit));
                self.state = match (arrival, feed) {
                    (Ok(HomeConnection { stream, _open, .. }), Some(feed)) => SenderState::Open(OpenSender {
                        stream,
                        _open,
                        feed: Some(feed),
                        out: BytesMut::new(),
                    }),
                    _ => SenderState::Over,
                };
                Poll::Ready(())
            }
            SenderState::Open(open) => {
                let goes_on = ready!(open.poll_step(task));
                if !goes_on {
                    self.state = SenderState::Over;
                }
                Poll::Ready(())
            }
        }
    }
}

impl OpenSender {
    /// Ready with `false` once the connection is no longer needed.
    fn poll_step(&mut self, task: &mut Task<'_>) -> Poll<bool> {
        let mut byte = [0; 1];
        // A worker sends nothing here. It closes the connection once it needs no more requests; the call
        // continues.
        if Pin::new(&mut self.stream).poll_read(task, &mut ReadBuf::new(&mut byte)).is_ready() {
            return Poll::Ready(false);
        }
        if self.out.is_empty() {
            self.fill(task);
        }
        if !self.out.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(task, &self.out));
            return Poll::Ready(match written {
                Ok(count @ 1..) => {
                    self.out.advance(count);
                    true
                }
                _ => false,
            });
        }
        if self.feed.is_some() {
            return Poll::Pending;
        }
        // Ready at once. The kernel still delivers what was written.
        let _ = ready!(Pin::new(&mut self.stream).poll_shutdown(task));
        Poll::Ready(false)
    }

    /// Encodes the requests that are ready, and the closing frame after the last one.
    fn fill(&mut self, task: &mut Task<'_>) {
        while self.out.len() < BATCH
            && let Some(feed) = self.feed.as_mut()
        {
            let framed = put_data_with(&mut self.out, |out| match feed.poll_into(task, out) {
                Poll::Ready(ReadOutcome::Item) => Ok(()),
                other => Err(other),
            });
            let last = match framed {
                Ok(()) | Err(Poll::Ready(ReadOutcome::Item)) => continue,
                Err(Poll::Pending) => return,
                Err(Poll::Ready(ReadOutcome::End)) => Signal::Sentinel,
                Err(Poll::Ready(ReadOutcome::Stopped)) => Signal::Stop,
                Err(Poll::Ready(ReadOutcome::Broken)) => Signal::Kill,
            };
            put_control(&mut self.out, last.as_json());
            self.feed = None;
        }
    }
}

impl Drop for OpenSender {
    fn drop(&mut self) {
        // In the middle of a frame, closing the connection means kill as well.
        if self.feed.is_some() && self.out.is_empty() {
            let mut frame = BytesMut::with_capacity(32);
            put_control(&mut frame, Signal::Kill.as_json());
            if let Err(error) = self.stream.try_write(&frame) {
                tracing::debug!(%error, "failed to signal the end of the requests to a worker");
            }
        }
    }
}
