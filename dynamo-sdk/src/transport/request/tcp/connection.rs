//! A pipelined connection to an instance.
//!
//! A handle queues requests for a task that writes them and reads acknowledgements. Only their order ties an
//! acknowledgement to its request (docs/wire/request-plane.md#tcp-connections), so the writer enqueues each
//! waiting caller right before it writes the last byte of the request: an instance cannot acknowledge, nor run, what it
//! has not received as a whole.

mod write;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncReadExt;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::clock::after;
use crate::error::BoxError;
use crate::observe::connection_scope::ConnectionScope;
use crate::runtime::Runtime;
use crate::sync::Lock;
use crate::transport::net::stream::{ReadHalf, Stream};
use crate::transport::request::tcp::connection::write::Writer;
use crate::wire::frame::ack::Ack;
use crate::wire::frame::ack_frame::decode_ack;

/// Requests above this size, in bytes, are large: other requests prefer a connection that writes none.
pub(super) const LARGE: usize = 64 * 1024;

/// An encoded request frame.
#[derive(Clone, Debug)]
pub(super) struct EncodedFrame {
    pub(super) head: Bytes,
    pub(super) payload: Bytes,
}

impl EncodedFrame {
    fn len(&self) -> usize {
        self.head.len() + self.payload.len()
    }
}

/// Why a request was not acknowledged.
#[derive(Debug)]
pub(super) enum AckError {
    /// Connecting timed out. Nothing was sent.
    ConnectTimeout,
    /// The acknowledgement did not arrive in time after the request was sent.
    AckTimeout,
    /// The instance cannot be reached. Nothing was sent.
    NotSent(BoxError),
    /// The connection ended before the request was written as a whole. The instance cannot have run it.
    NotWritten(String),
    /// The connection was lost after the request was sent.
    Lost(BoxError),
}

/// The senders of the two reports that a caller waits for.
struct Receipt {
    written: oneshot::Sender<Written>,
    ack: oneshot::Sender<Result<Ack, AckError>>,
}

/// When a request was written.
struct Written {
    begun: Instant,
    done: Instant,
}

/// A request in the queue of a connection.
struct QueuedRequest {
    outgoing: EncodedFrame,
    receipt: Receipt,
    _unsent: UnsentGuard,
}

/// A connection shared by the calls on it. It closes once it is retired and the last of them has ended.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    queue: mpsc::Sender<QueuedRequest>,
    state: Arc<ConnectionState>,
}

#[derive(Debug, Default)]
struct ConnectionState {
    /// The number of calls waiting for their acknowledgement.
    outstanding: AtomicUsize,
    /// The bytes of requests not written yet.
    unsent: AtomicUsize,
    broken: AtomicBool,
    /// Set once an acknowledgement was missed: the peer may have vanished.
    retired: AtomicBool,
    waiting: Lock<VecDeque<oneshot::Sender<Result<Ack, AckError>>>>,
    /// Notified when `waiting` becomes empty.
    settled: Notify,
}

impl ConnectionState {
    /// Fails all calls that wait for an acknowledgement.
    fn fail(&self, why: &str) {
        self.broken.store(true, Ordering::Release);
        for ack in self.waiting.lock().drain(..) {
            // Fails if the call was dropped.
            let _ = ack.send(Err(AckError::Lost(why.into())));
        }
    }

    /// Takes the caller whose request was written first.
    fn pop(&self) -> Option<oneshot::Sender<Result<Ack, AckError>>> {
        let mut waiting = self.waiting.lock();
        let first = waiting.pop_front();
        if waiting.is_empty() {
            self.settled.notify_waiters();
        }
        first
    }

    /// Waits until all requests that were written are acknowledged.
    async fn settled(&self) {
        loop {
            let settled = self.settled.notified();
            if self.waiting.lock().is_empty() {
                return;
            }
            settled.await;
        }
    }
}

/// Decrements the count of a call on drop.
struct InFlightGuard<'a>(&'a AtomicUsize);

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Subtracts the bytes of a request from the unsent ones on drop.
struct UnsentGuard(Arc<ConnectionState>, usize);

impl Drop for UnsentGuard {
    fn drop(&mut self) {
        self.0.unsent.fetch_sub(self.1, Ordering::AcqRel);
    }
}

impl Connection {
    /// Starts a connection over an open stream. It ends when `token` is cancelled, when the stream fails, or when no
    /// byte of a request can be written for `stall`.
    pub(super) fn start(
        runtime: &Runtime,
        (stream, scope): (Stream, ConnectionScope),
        capacity: usize,
        stall: Duration,
        token: CancellationToken,
    ) -> Self {
        let (queue, items) = mpsc::channel(capacity);
        let state = Arc::new(ConnectionState::default());
        let (reader, writer) = stream.into_split();
        let shared = Arc::clone(&state);
        drop(runtime.spawn(async move {
            let mut writer = Writer::new(writer, items, stall, &shared);
            let work = async {
                tokio::select! {
                    error = writer.run() => error,
                    error = read(reader, &shared) => error,
                }
            };
            let why = match token.run_until_cancelled(work).await {
                Some(error) => format!("the connection broke before the acknowledgement: {error}"),
                None => "the connection was closed by this process".to_owned(),
            };
            shared.fail(&why);
            writer.refuse_rest(&why);
            drop(scope);
        }));
        Self { queue, state }
    }

    /// Returns the number of calls waiting for their acknowledgement.
    pub(super) fn outstanding(&self) -> usize {
        self.state.outstanding.load(Ordering::Acquire)
    }

    /// Returns whether a large request is being written, behind which a small one would wait.
    pub(super) fn is_busy(&self) -> bool {
        self.state.unsent.load(Ordering::Acquire) > LARGE
    }

    /// Returns whether the connection accepts further calls.
    pub(super) fn is_usable(&self) -> bool {
        let ConnectionState { broken, retired, .. } = &*self.state;
        !broken.load(Ordering::Acquire) && !retired.load(Ordering::Acquire) && !self.queue.is_closed()
    }

    /// Sends a request and waits for its acknowledgement, for at most `limit` from when the request is written.
    /// A missed acknowledgement retires the connection.
    ///
    /// # Cancel safety
    /// Dropping the future before the request is written as a whole prevents it from running.
    pub(super) async fn send(&self, outgoing: EncodedFrame, limit: Duration) -> Result<Ack, AckError> {
        self.state.outstanding.fetch_add(1, Ordering::AcqRel);
        let _counted = InFlightGuard(&self.state.outstanding);
        let size = outgoing.len();
        self.state.unsent.fetch_add(size, Ordering::AcqRel);
        let _unsent = UnsentGuard(Arc::clone(&self.state), size);
        let (written, sent) = oneshot::channel();
        let (ack, mut answer) = oneshot::channel();
        let request = QueuedRequest { outgoing, receipt: Receipt { written, ack }, _unsent };
        let closed = || AckError::NotWritten("the connection was closed".to_owned());
        if self.queue.send(request).await.is_err() {
            return Err(closed());
        }
        // Most answers come before the limit has passed since now. The time of writing is asked for only if not: a report
        // of it that is awaited would wake this task once more for each call.
        if let Ok(answer) = timeout(limit, &mut answer).await {
            return answer.unwrap_or_else(|_| Err(closed()));
        }
        // No timeout here: the writer reports each request as written or failed, and gives up on a stalled connection.
        let Ok(Written { begun, done }) = sent.await else {
            return answer.await.unwrap_or_else(|_| Err(closed()));
        };
        // What is written may still be in the buffers of both systems. They empty at the pace at which they filled.
        let end = after(after(done, limit), done - begun);
        match timeout_at(end, &mut answer).await {
            Ok(answer) => answer.unwrap_or_else(|_| Err(closed())),
            Err(_) => {
                self.state.retired.store(true, Ordering::Release);
                Err(AckError::AckTimeout)
            }
        }
    }
}

async fn read(mut reader: ReadHalf, state: &ConnectionState) -> io::Error {
    let mut buf = BytesMut::with_capacity(1024);
    loop {
        loop {
            match decode_ack(&mut buf) {
                Ok(Some(ack)) => match state.pop() {
                    // Sending fails if the call was dropped; popping it keeps the order.
                    Some(waiting) => drop(waiting.send(Ok(ack))),
                    None => {
                        return io::Error::new(
                            io::ErrorKind::InvalidData,
                            "received an acknowledgement without a request",
                        );
                    }
                },
                Ok(None) => break,
                Err(error) => return io::Error::new(io::ErrorKind::InvalidData, error),
            }
        }
        match reader.read_buf(&mut buf).await {
            Ok(0) => return io::Error::new(io::ErrorKind::UnexpectedEof, "closed by the instance"),
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}
