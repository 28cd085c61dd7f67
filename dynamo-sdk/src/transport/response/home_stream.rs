//! The caller's end of a response connection, polled by whoever reads the response: no task, no queue.
//!
//! Reading only on demand is what carries back-pressure to the worker. Stop and kill are small frames that are written
//! without waiting; the socket is idle in that direction otherwise.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context as Task, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::io::AsyncReadExt as _;

use crate::engine::context::Context;
use crate::error::BoxError;
use crate::error::call::CallError;
use crate::error::cancel::CancelCause;
use crate::transport::net::stream::Stream;
use crate::transport::request::ResponseBody;
use crate::transport::response::listener::HomeConnection;
use crate::transport::response::request_sender::RequestSender;
use crate::wire::codec::Codec;
use crate::wire::control::{Prologue, Signal};
use crate::wire::frame::{TwoPart, TwoPartDecoder, put_control};
use crate::wire::instance::Instance;

/// How much is read at a time.
const CHUNK: usize = 16 * 1024;

/// How many steps the requests go at a time.
const STEPS: usize = 4;

/// A response connection.
pub(super) struct HomeStream {
    stream: Stream,
    buf: BytesMut,
    decoder: TwoPartDecoder,
    target: Arc<Instance>,
    cx: Context,
    stopped: BoxFuture<'static, ()>,
    killed: BoxFuture<'static, ()>,
    /// Whether a stop was passed on.
    asked_to_stop: bool,
    /// Whether nothing more is owed: the final item was seen, or the connection is over.
    complete: bool,
    over: bool,
    /// The requests, if they are a stream. They go out while the response is read.
    sending: Option<RequestSender>,
}

impl HomeStream {
    pub(super) fn new(
        arrival: HomeConnection,
        target: Arc<Instance>,
        cx: Context,
        max_item: usize,
        sending: Option<RequestSender>,
    ) -> Self {
        let HomeConnection { stream, buf } = arrival;
        Self {
            stream,
            buf,
            decoder: TwoPartDecoder::new(max_item),
            target,
            stopped: cx.stopped().boxed(),
            killed: cx.killed().boxed(),
            cx,
            asked_to_stop: false,
            complete: false,
            over: false,
            sending,
        }
    }

    /// Reads whether the handler has started.
    pub(super) async fn prologue(&mut self) -> Result<(), CallError> {
        let frame = poll_fn(|task| {
            // Whoever awaits this looks after a kill.
            self.poll_cancelled(task);
            self.poll_exchange(task)
        });
        let frame = frame.await?;
        let Some(TwoPart { header, body }) = frame else {
            self.over = true;
            return Err(self.lost("the worker hung up before its handler started"));
        };
        if header.is_empty() || !body.is_empty() {
            return Err(self.broken("an item before the start of the response"));
        }
        let prologue: Prologue = Codec::Json
            .decode(&header)
            .map_err(|_| self.broken("the start of the response cannot be read"))?;
        prologue.into_result().map_err(|error| {
            self.over = true;
            CallError::Endpoint(error)
        })
    }

    /// Sends requests, and the next frame. Neither waits for the other: each poll takes a step of both.
    fn poll_exchange(&mut self, task: &mut Task<'_>) -> Poll<Result<Option<TwoPart>, CallError>> {
        for _ in 0..STEPS {
            let moved = self.sending.as_mut().is_some_and(|sending| sending.poll_step(task).is_ready());
            match self.poll_frame(task) {
                Poll::Pending if moved => {}
                frame => return frame,
            }
        }
        // Requests that never run out must not keep the thread.
        task.waker().wake_by_ref();
        Poll::Pending
    }

    /// The next frame; `None` at the end of the connection.
    fn poll_frame(&mut self, task: &mut Task<'_>) -> Poll<Result<Option<TwoPart>, CallError>> {
        loop {
            match self.decoder.decode(&mut self.buf) {
                // WIRE.md section 3.2: a frame with nothing in it means nothing.
                Ok(Some(frame)) if frame.header.is_empty() && frame.body.is_empty() => continue,
                Ok(Some(frame)) => return Poll::Ready(Ok(Some(frame))),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Err(self.broken(&error.to_string()))),
            }
            match ready!(self.poll_read(task)) {
                Ok(0) => return Poll::Ready(Ok(None)),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(self.lost(error))),
            }
        }
    }

    fn poll_read(&mut self, task: &mut Task<'_>) -> Poll<std::io::Result<usize>> {
        self.buf.reserve(CHUNK);
        let read = std::pin::pin!(self.stream.read_buf(&mut self.buf));
        read.poll(task)
    }

    /// Writes a control frame if the socket takes it at once, which it does: nothing else is written to it.
    fn signal(&mut self, signal: Signal) {
        let mut frame = BytesMut::with_capacity(32);
        put_control(&mut frame, signal.as_json());
        if let Err(error) = self.stream.try_write(&frame) {
            tracing::debug!(%error, ?signal, "a worker could not be told");
        }
    }

    /// Passes a stop on once; whether the call was killed.
    fn poll_cancelled(&mut self, task: &mut Task<'_>) -> bool {
        if self.killed.poll_unpin(task).is_ready() {
            return true;
        }
        if !self.asked_to_stop && self.stopped.poll_unpin(task).is_ready() {
            self.asked_to_stop = true;
            self.signal(Signal::Stop);
        }
        false
    }

    fn lost(&self, source: impl Into<BoxError>) -> CallError {
        let source = source.into();
        CallError::ConnectionLost {
            endpoint: self.target.endpoint.clone(),
            instance: self.target.id,
            items: 0,
            source,
        }
    }

    fn broken(&self, what: &str) -> CallError {
        CallError::Protocol {
            endpoint: self.target.endpoint.clone(),
            instance: self.target.id,
            what: what.to_owned(),
        }
    }

    /// The end of the connection: expected after the final item and after a stop, a loss otherwise.
    fn end(&mut self, how: &'static str) -> Option<Result<Bytes, CallError>> {
        self.over = true;
        self.sending = None;
        if self.complete || self.asked_to_stop { None } else { Some(Err(self.lost(how))) }
    }
}

impl ResponseBody for HomeStream {
    fn poll_body(&mut self, task: &mut Task<'_>) -> Poll<Option<Result<Bytes, CallError>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if self.poll_cancelled(task) {
            self.signal(Signal::Kill);
            self.over = true;
            self.sending = None;
            let cause = self.cx.cause().unwrap_or(CancelCause::Requested);
            return Poll::Ready(Some(Err(CallError::Cancelled {
                endpoint: self.target.endpoint.clone(),
                cause,
            })));
        }
        Poll::Ready(match ready!(self.poll_exchange(task)) {
            Ok(Some(TwoPart { header, body })) if header.is_empty() => Some(Ok(body)),
            Ok(Some(frame))
                if frame.body.is_empty() && Signal::from_json(&frame.header) == Some(Signal::Sentinel) =>
            {
                self.end("the worker ended the response before it was complete")
            }
            // WIRE.md section 3.4: a worker sends no other control message.
            Ok(Some(_)) => {
                self.signal(Signal::Kill);
                self.over = true;
                Some(Err(self.broken("a control message that only a caller may send")))
            }
            Ok(None) => self.end("the connection was closed before the response was complete"),
            Err(error) => {
                self.over = true;
                if self.complete || self.asked_to_stop { None } else { Some(Err(error)) }
            }
        })
    }

    fn complete(&mut self) {
        self.complete = true;
        // Nobody is there any more to read them.
        self.sending = None;
    }
}

impl Drop for HomeStream {
    fn drop(&mut self) {
        if !self.over && !self.complete {
            self.signal(Signal::Kill);
        }
    }
}
