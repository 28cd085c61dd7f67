//! The caller's end of a response connection, polled by the reader of the response: no task, no queue.
//!
//! Reading on demand applies back-pressure to the worker. Stop and kill are small frames written without
//! blocking: nothing else is sent in that direction.

use std::future::poll_fn;
use std::task::{Context as Task, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::io::AsyncReadExt as _;

use crate::engine::context::Context;
use crate::error::transport::TransportError;
use crate::observe::connection_scope::ConnectionScope;
use crate::transport::net::stream::Stream;
use crate::transport::request::ResponseBody;
use crate::transport::response::listener::HomeConnection;
use crate::transport::response::request_sender::RequestSender;
use crate::wire::codec::Codec;
use crate::wire::control::{Prologue, Signal};
use crate::wire::frame::{TwoPart, TwoPartDecoder, put_control};

/// Minimum number of bytes read at a time.
const CHUNK: usize = 16 * 1024;

/// Maximum steps of requests and response per poll.
const STEPS: usize = 4;

/// A response connection whose handler has started.
pub(super) struct HomeStream {
    stream: Stream,
    _open: ConnectionScope,
    buf: BytesMut,
    decoder: TwoPartDecoder,
    cx: Context,
    stopped: BoxFuture<'static, ()>,
    killed: BoxFuture<'static, ()>,
    phase: HomePhase,
}

/// The state of the response.
enum HomePhase {
    /// Items arrive, and the stream of requests, if any, is sent. Losing the connection loses the response,
    /// unless a stop was sent: then the worker may end the response early.
    Items { stop_sent: bool, requests: Option<Box<RequestSender>> },
    /// The final item was received. The response is complete, no matter how the connection ends.
    Complete,
    /// The response has ended.
    Ended,
}

impl HomeStream {
    /// Waits until the worker reports that its handler has started, sending `requests` meanwhile.
    ///
    /// # Errors
    /// `Endpoint` if the worker rejected the request, `ConnectionLost`, `Protocol`.
    pub(super) async fn start(
        arrival: HomeConnection,
        cx: Context,
        max_item: usize,
        requests: Option<Box<RequestSender>>,
    ) -> Result<Self, TransportError> {
        let HomeConnection { stream, buf, _open } = arrival;
        let mut home = Self {
            stream,
            _open,
            buf,
            decoder: TwoPartDecoder::new(max_item),
            stopped: cx.stopped().boxed(),
            killed: cx.killed().boxed(),
            cx,
            phase: HomePhase::Items { stop_sent: false, requests },
        };
        home.prologue().await?;
        Ok(home)
    }

    async fn prologue(&mut self) -> Result<(), TransportError> {
        let frame = poll_fn(|task| {
            // Sends a stop only: the caller of `start` handles a kill.
            self.poll_cancelled(task);
            self.poll_exchange(task)
        });
        let frame = frame.await?;
        let Some(TwoPart { header, body }) = frame else {
            self.phase = HomePhase::Ended;
            return Err(TransportError::lost("the worker closed the connection before its handler started"));
        };
        if header.is_empty() || !body.is_empty() {
            return Err(TransportError::protocol("sent an item before the prologue of its response"));
        }
        let prologue: Prologue = Codec::Json
            .decode(&header)
            .map_err(|_| TransportError::protocol("sent a prologue that cannot be decoded"))?;
        prologue.into_result().map_err(|error| {
            self.phase = HomePhase::Ended;
            TransportError::from(error)
        })
    }

    /// Sends requests and reads the next frame. Each poll advances both, so neither blocks the other.
    fn poll_exchange(&mut self, task: &mut Task<'_>) -> Poll<Result<Option<TwoPart>, TransportError>> {
        for _ in 0..STEPS {
            let moved = match &mut self.phase {
                HomePhase::Items { requests: Some(requests), .. } => requests.poll_step(task).is_ready(),
                _ => false,
            };
            match self.poll_frame(task) {
                Poll::Pending if moved => {}
                frame => return frame,
            }
        }
        // Yield, so that an endless stream of requests does not block the thread.
        task.waker().wake_by_ref();
        Poll::Pending
    }

    /// Polls the next frame; `None` at EOF.
    fn poll_frame(&mut self, task: &mut Task<'_>) -> Poll<Result<Option<TwoPart>, TransportError>> {
        loop {
            match self.decoder.decode(&mut self.buf) {
                // Empty frames have no meaning and are skipped.
                Ok(Some(frame)) if frame.header.is_empty() && frame.body.is_empty() => continue,
                Ok(Some(frame)) => return Poll::Ready(Ok(Some(frame))),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Err(TransportError::protocol(error.to_string()))),
            }
            match ready!(self.poll_read(task)) {
                Ok(0) => return Poll::Ready(Ok(None)),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(TransportError::lost(error))),
            }
        }
    }

    fn poll_read(&mut self, task: &mut Task<'_>) -> Poll<std::io::Result<usize>> {
        self.buf.reserve(CHUNK);
        let read = std::pin::pin!(self.stream.read_buf(&mut self.buf));
        read.poll(task)
    }

    /// Writes a control frame without blocking. The socket has room: nothing else is written to it.
    fn signal(&mut self, signal: Signal) {
        let mut frame = BytesMut::with_capacity(32);
        put_control(&mut frame, signal.as_json());
        if let Err(error) = self.stream.try_write(&frame) {
            tracing::debug!(%error, ?signal, "failed to signal a worker");
        }
    }

    /// Sends a stop once if the call was stopped. Returns whether it was killed.
    fn poll_cancelled(&mut self, task: &mut Task<'_>) -> bool {
        if self.killed.poll_unpin(task).is_ready() {
            return true;
        }
        if let HomePhase::Items { stop_sent: stop_sent @ false, .. } = &mut self.phase
            && self.stopped.poll_unpin(task).is_ready()
        {
            *stop_sent = true;
            self.signal(Signal::Stop);
        }
        false
    }

    /// Ends the response: with `error` if items were expected, without one after the final item or a stop.
    fn end(&mut self, error: impl FnOnce() -> TransportError) -> Option<Result<Bytes, TransportError>> {
        match std::mem::replace(&mut self.phase, HomePhase::Ended) {
            HomePhase::Items { stop_sent: false, .. } => Some(Err(error())),
            HomePhase::Items { stop_sent: true, .. } | HomePhase::Complete | HomePhase::Ended => None,
        }
    }
}

impl ResponseBody for HomeStream {
    fn poll_body(&mut self, task: &mut Task<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        if let HomePhase::Ended = self.phase {
            return Poll::Ready(None);
        }
        if self.poll_cancelled(task) {
            self.signal(Signal::Kill);
            self.phase = HomePhase::Ended;
            return Poll::Ready(Some(Err(TransportError::cancelled(self.cx.cause()))));
        }
        Poll::Ready(match ready!(self.poll_exchange(task)) {
            Ok(Some(TwoPart { header, body })) if header.is_empty() => Some(Ok(body)),
            Ok(Some(frame))
                if frame.body.is_empty() && Signal::from_json(&frame.header) == Some(Signal::Sentinel) =>
            {
                self.end(|| TransportError::lost("the worker ended the response before its final item"))
            }
            // The only control message that a worker sends is the sentinel.
            Ok(Some(_)) => {
                self.signal(Signal::Kill);
                self.phase = HomePhase::Ended;
                Some(Err(TransportError::protocol("sent a control message that only callers may send")))
            }
            Ok(None) => self.end(|| {
                TransportError::lost("the connection was closed before the final item of the response")
            }),
            Err(error) => self.end(|| error),
        })
    }

    fn complete(&mut self) {
        if let HomePhase::Items { .. } = self.phase {
            // Drops the requests: the handler has finished.
            self.phase = HomePhase::Complete;
        }
    }
}

impl Drop for HomeStream {
    fn drop(&mut self) {
        if let HomePhase::Items { .. } = self.phase {
            self.signal(Signal::Kill);
        }
    }
}
