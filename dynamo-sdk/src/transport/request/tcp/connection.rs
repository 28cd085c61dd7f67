//! A pipelined connection to an instance.
//!
//! A handle queues requests for a task that writes them and reads acknowledgements. Only their order ties an
//! acknowledgement to its request (docs/wire/request-plane.md#tcp-connections), so the writer enqueues each
//! waiting caller right before it writes the request.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::error::BoxError;
use crate::observe::connection_scope::ConnectionScope;
use crate::runtime::Runtime;
use crate::sync::Lock;
use crate::transport::net::stream::{ReadHalf, Stream, WriteHalf};
use crate::wire::frame::ack::Ack;
use crate::wire::frame::ack_frame::decode_ack;

/// Payloads up to this size are copied into one buffer, to send several requests with one system call.
const COPY: usize = 16 * 1024;

/// An encoded request frame.
#[derive(Debug)]
pub(super) struct EncodedFrame {
    pub(super) head: Bytes,
    pub(super) payload: Bytes,
}

/// Why a request was not acknowledged.
#[derive(Debug)]
pub(super) enum AckError {
    /// Connecting timed out. Nothing was sent.
    ConnectTimeout,
    /// Waiting for the acknowledgement timed out.
    AckTimeout,
    /// Nothing was sent.
    NotSent(BoxError),
    /// The connection was lost after the request or a part of it was sent.
    Lost(BoxError),
}

struct PendingAck {
    outgoing: EncodedFrame,
    ack: oneshot::Sender<Result<Ack, AckError>>,
}

/// A connection shared by the calls on it.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    queue: mpsc::Sender<PendingAck>,
    state: Arc<ConnectionState>,
}

#[derive(Debug)]
struct ConnectionState {
    /// The number of calls waiting for their acknowledgement.
    outstanding: AtomicUsize,
    broken: AtomicBool,
    waiting: Lock<VecDeque<oneshot::Sender<Result<Ack, AckError>>>>,
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
}

/// Decrements the count of a call on drop.
struct InFlightGuard<'a>(&'a AtomicUsize);

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Connection {
    /// Starts a connection over an open stream. It ends when `token` is cancelled or the stream fails.
    pub(super) fn start(
        runtime: &Runtime,
        (stream, scope): (Stream, ConnectionScope),
        capacity: usize,
        token: CancellationToken,
    ) -> Self {
        let (queue, items) = mpsc::channel(capacity);
        let state = Arc::new(ConnectionState {
            outstanding: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            waiting: Lock::default(),
        });
        let (reader, writer) = stream.into_split();
        let shared = Arc::clone(&state);
        drop(runtime.spawn(async move {
            let work = async {
                tokio::select! {
                    error = write(writer, items, &shared) => error,
                    error = read(reader, &shared) => error,
                }
            };
            let why = match token.run_until_cancelled(work).await {
                Some(error) => format!("the connection broke before the acknowledgement: {error}"),
                None => "the connection was closed by this process".to_owned(),
            };
            shared.fail(&why);
            drop(scope);
        }));
        Self { queue, state }
    }

    /// Returns the number of calls waiting for their acknowledgement.
    pub(super) fn outstanding(&self) -> usize {
        self.state.outstanding.load(Ordering::Acquire)
    }

    /// Returns whether the connection accepts no further calls.
    pub(super) fn is_broken(&self) -> bool {
        self.state.broken.load(Ordering::Acquire) || self.queue.is_closed()
    }

    /// Sends a request and waits for its acknowledgement.
    ///
    /// # Cancel safety
    /// Dropping the future before the request is written prevents it from being sent.
    pub(super) async fn send(&self, outgoing: EncodedFrame, limit: Duration) -> Result<Ack, AckError> {
        self.state.outstanding.fetch_add(1, Ordering::AcqRel);
        let _counted = InFlightGuard(&self.state.outstanding);
        let (ack, answer) = oneshot::channel();
        let wait = async {
            if self.queue.send(PendingAck { outgoing, ack }).await.is_err() {
                return Err(AckError::NotSent("the connection was closed".into()));
            }
            // A sender dropped without an answer was still in the queue: its request was not written.
            answer.await.unwrap_or_else(|_| {
                Err(AckError::NotSent("the connection broke before the request was sent".into()))
            })
        };
        timeout(limit, wait).await.unwrap_or(Err(AckError::AckTimeout))
    }
}

async fn write(
    mut writer: WriteHalf,
    mut items: mpsc::Receiver<PendingAck>,
    state: &ConnectionState,
) -> io::Error {
    let mut batch = BytesMut::new();
    loop {
        let Some(mut item) = items.recv().await else { return io::ErrorKind::ConnectionAborted.into() };
        let written = async {
            loop {
                let PendingAck { outgoing: EncodedFrame { head, payload }, ack } = item;
                // Skip dropped calls: the worker would dial a caller that does not expect it.
                if !ack.is_closed() {
                    state.waiting.lock().push_back(ack);
                    batch.extend_from_slice(&head);
                    if payload.len() > COPY {
                        writer.write_all(&batch).await?;
                        batch.clear();
                        writer.write_all(&payload).await?;
                    } else {
                        batch.extend_from_slice(&payload);
                    }
                }
                if batch.len() >= COPY {
                    break;
                }
                match items.try_recv() {
                    Ok(next) => item = next,
                    Err(_) => break,
                }
            }
            writer.write_all(&batch).await
        };
        if let Err(error) = written.await {
            return error;
        }
        batch.clear();
    }
}

async fn read(mut reader: ReadHalf, state: &ConnectionState) -> io::Error {
    let mut buf = BytesMut::with_capacity(1024);
    loop {
        loop {
            match decode_ack(&mut buf) {
                Ok(Some(ack)) => match state.waiting.lock().pop_front() {
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
