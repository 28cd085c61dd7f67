//! The writing side of a connection.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use crate::transport::net::stream::WriteHalf;
use crate::transport::request::tcp::connection::{
    AckError, ConnectionState, EncodedFrame, QueuedRequest, Receipt, Written,
};

/// Payloads up to this size are copied into one buffer, to send several requests with one system call.
const COPY: usize = 16 * 1024;

/// Writes the requests in the queue of a connection.
pub(super) struct Writer<'a> {
    stream: WriteHalf,
    items: mpsc::Receiver<QueuedRequest>,
    /// Maximum time that a write may make no progress.
    stall: Duration,
    state: &'a ConnectionState,
    batch: BytesMut,
    /// The requests whose last bytes are in `batch`.
    reports: Vec<(oneshot::Sender<Written>, Instant)>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        stream: WriteHalf,
        items: mpsc::Receiver<QueuedRequest>,
        stall: Duration,
        state: &'a ConnectionState,
    ) -> Self {
        Self { stream, items, stall, state, batch: BytesMut::new(), reports: Vec::new() }
    }

    /// Writes requests until the connection fails or is no longer used. Returns the reason.
    pub(super) async fn run(&mut self) -> io::Error {
        loop {
            let Some(item) = self.items.recv().await else {
                return io::Error::new(io::ErrorKind::ConnectionAborted, "it is no longer used");
            };
            if let Err(error) = self.write_batch(item).await {
                return error;
            }
        }
    }

    /// Fails all requests that are still in the queue; none of them was written.
    pub(super) fn refuse_rest(&mut self, why: &str) {
        self.items.close();
        while let Ok(item) = self.items.try_recv() {
            // Fails if the call was dropped.
            let _ = item.receipt.ack.send(Err(AckError::NotWritten(why.to_owned())));
        }
    }

    /// Writes `item` and the requests already queued behind it.
    async fn write_batch(&mut self, mut item: QueuedRequest) -> io::Result<()> {
        loop {
            // Skip dropped calls: the worker would dial a caller that does not expect it.
            if !item.receipt.ack.is_closed() {
                if item.outgoing.payload.len() > COPY {
                    self.write_large(item).await?;
                } else {
                    let QueuedRequest { outgoing: EncodedFrame { head, payload }, receipt, .. } = item;
                    self.batch.extend_from_slice(&head);
                    self.batch.extend_from_slice(&payload);
                    self.expect(receipt, Instant::now());
                }
            }
            if self.batch.len() >= COPY {
                break;
            }
            match self.items.try_recv() {
                Ok(next) => item = next,
                Err(_) => break,
            }
        }
        self.flush().await
    }

    /// Writes a request without copying it, except for its last byte, which goes with the next batch: until then the
    /// instance cannot run it. If the call ends meanwhile, the request is abandoned, and the connection with it.
    async fn write_large(&mut self, item: QueuedRequest) -> io::Result<()> {
        let QueuedRequest { outgoing: EncodedFrame { head, payload }, mut receipt, _unsent } = item;
        self.batch.extend_from_slice(&head);
        let begun = Instant::now();
        let (most, last) = payload.split_at(payload.len().saturating_sub(1));
        let written = async {
            self.flush().await?;
            write_all(&mut self.stream, most, self.stall).await
        };
        let broken = tokio::select! {
            biased;
            written = written => match written {
                Ok(()) => {
                    self.batch.extend_from_slice(last);
                    self.expect(receipt, begun);
                    return Ok(());
                }
                Err(error) => error,
            },
            () = receipt.ack.closed() => {
                io::Error::new(io::ErrorKind::ConnectionAborted, "a call ended while its request was being written")
            }
        };
        let _ = receipt.ack.send(Err(match broken.kind() {
            // Another connection would stall as well.
            io::ErrorKind::TimedOut => AckError::NotSent(broken.to_string().into()),
            _ => AckError::NotWritten(broken.to_string()),
        }));
        // Requests written before are unaffected: their acknowledgements are read first.
        self.state.retired.store(true, Ordering::Release);
        self.refuse_rest(&broken.to_string());
        let _ = timeout(self.stall, self.state.settled()).await;
        Err(broken)
    }

    /// Reports a request as written once its last byte is in the batch, and lets its caller wait for the acknowledgement.
    fn expect(&mut self, receipt: Receipt, begun: Instant) {
        self.state.waiting.lock().push_back(receipt.ack);
        self.reports.push((receipt.written, begun));
    }

    async fn flush(&mut self) -> io::Result<()> {
        write_all(&mut self.stream, &self.batch, self.stall).await?;
        self.batch.clear();
        for (report, begun) in self.reports.drain(..) {
            // Fails if the call was dropped.
            let _ = report.send(Written { begun, done: Instant::now() });
        }
        Ok(())
    }
}

/// Writes all of `bytes`, unless no byte can be written for `stall`.
async fn write_all(stream: &mut WriteHalf, mut bytes: &[u8], stall: Duration) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = timeout(stall, stream.write(bytes)).await.map_err(|_| {
            io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no byte of a request could be written for {stall:?}"),
            )
        })??;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
    }
    Ok(())
}
