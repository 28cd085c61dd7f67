//! The worker's side: dial the caller, run the engine, write its items, listen for stop and kill. What is answered, and
//! what is not, `accept` decides.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::config::Config;
use crate::engine::context::Context;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::service::endpoint::{Admission, Running};
use crate::service::erased::{EncodedItems, put_error};
use crate::service::input::RequestInput;
use crate::transport::net::dial::{DialError, dial};
use crate::transport::net::stream::Stream;
use crate::transport::response::request_receiver as requests;
use crate::wire::codec::Codec;
use crate::wire::control::{Handshake, HomeAddress, MAX_CONTROL_LEN, Prologue, Signal, StreamType};
use crate::wire::frame::{TWO_PART_HEAD, TwoPartDecoder, put_control, put_data_with, put_two_part_head};
use crate::wire::item;

/// Items are collected up to this many bytes before they are written, as long as the engine has more at once.
const BATCH: usize = 32 * 1024;

/// How long a caller may take to close after the end mark (WIRE.md section 3.3).
const CLOSING: Duration = Duration::from_secs(10);

/// A request that was acknowledged, and is to be answered.
pub(crate) struct ResponseTask {
    pub(super) home: HomeAddress,
    pub(super) codec: Codec,
    pub(super) work: TaskInput,
}

pub(super) enum TaskInput {
    Run {
        admitted: Admission,
        cx: Context,
        request: InboundRequest,
    },
    /// The caller is told instead of left waiting. Counts as work all the same, so that nobody can make more of these
    /// than of that.
    Refuse {
        error: EndpointError,
        _admitted: Admission,
    },
}

/// What is to be run.
pub(super) enum InboundRequest {
    One(Bytes),
    /// A stream of requests, to be fetched from there.
    Many(HomeAddress),
}

/// What a job keeps to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseLimits {
    /// For the dialling of callers.
    pub(crate) connect_timeout: Duration,
    /// The longest of a stream of requests, in bytes.
    pub(crate) max_item: usize,
}

impl ResponseLimits {
    pub(crate) fn of(config: &Config) -> Self {
        Self { connect_timeout: config.request.tcp_connect_timeout, max_item: config.response.max_item_size }
    }
}

impl ResponseTask {
    /// Answers the request. Ends when the caller has closed the connection.
    pub(crate) async fn run(self, limits: ResponseLimits) {
        let Self { home, codec, mut work } = self;
        if let TaskInput::Run { admitted, cx, .. } = &mut work {
            // A connection for each request in the queue would cost more than the queue.
            tokio::select! {
                () = admitted.turn() => {}
                () = cx.killed() => {}
            }
        }
        // The connection for requests first, as Dynamo does.
        let input = match &mut work {
            TaskInput::Run { request: InboundRequest::Many(from), .. } => {
                let Some(mut stream) = call_home(from, limits).await else { return };
                if let Err(error) = requests::greet(&mut stream, from.clone()).await {
                    tracing::debug!(%error, "the caller cannot be asked for its requests; its call is lost");
                    return;
                }
                RequestInput::Many(requests::read(stream, limits.max_item))
            }
            TaskInput::Run { request: InboundRequest::One(body), .. } => {
                RequestInput::One(std::mem::take(body))
            }
            TaskInput::Refuse { .. } => RequestInput::One(Bytes::new()),
        };
        let Some(stream) = call_home(&home, limits).await else { return };
        let mut out = BytesMut::with_capacity(4096);
        let handshake = Handshake { subject: home.subject, stream_type: StreamType::Response };
        if !put_json(&mut out, &handshake) {
            return;
        }
        let (mut reader, mut writer) = stream.into_split();
        let written = match work {
            TaskInput::Refuse { error, .. } => {
                refuse(&mut out, codec, &error);
                writer.write_all(&out).await
            }
            TaskInput::Run { admitted, cx, .. } => {
                let run = serve(admitted, cx.clone(), codec, input, &mut out, &mut writer);
                tokio::select! {
                    biased;
                    // First: a response that is written as fast as it is read uses up the budget of its task in every
                    // poll, and what comes after it would never hear a stop.
                    () = listen(&mut reader, cx) => return,
                    written = run => written,
                }
            }
        };
        match written {
            // What the caller still says no longer matters, only that it closes.
            Ok(()) => drop(timeout(CLOSING, drain(&mut reader)).await),
            // WIRE.md section 3.3: the caller may reset as soon as it has the end.
            Err(error) => tracing::debug!(%error, "a response could not be written"),
        }
    }
}

/// Dials the caller; `None` if it cannot be reached.
async fn call_home(
    home: &HomeAddress,
    ResponseLimits { connect_timeout, .. }: ResponseLimits,
) -> Option<Stream> {
    let HomeAddress { address, context: request, .. } = home;
    match dial(address, connect_timeout).await {
        Ok(stream) => Some(stream),
        Err(DialError::Failed(error)) => {
            tracing::warn!(%address, %request, %error, "the caller cannot be reached; its call is lost");
            None
        }
        Err(DialError::TimedOut) => {
            tracing::warn!(%address, %request, limit = ?connect_timeout, "the caller does not answer; its call is lost");
            None
        }
    }
}

/// Runs the engine and writes what it makes.
async fn serve<W: AsyncWrite + Unpin>(
    admitted: Admission,
    cx: Context,
    codec: Codec,
    input: RequestInput,
    out: &mut BytesMut,
    writer: &mut W,
) -> std::io::Result<()> {
    // The handshake goes out before the work starts: a caller then knows that somebody has the request.
    let mut start = std::pin::pin!(admitted.start(cx.clone(), codec, input));
    let started = match futures::poll!(start.as_mut()) {
        Poll::Ready(started) => started,
        Poll::Pending => {
            flush(out, writer).await?;
            start.await
        }
    };
    let mut running = match started {
        Ok(running) => running,
        Err(error) => {
            refuse(out, codec, &error);
            return flush(out, writer).await;
        }
    };
    put_json(out, &Prologue::started());
    while next(&mut running, out, writer).await? {
        if out.len() >= BATCH {
            write(&cx, out, writer).await?;
        }
    }
    if running.aborted() {
        return Err(std::io::ErrorKind::ConnectionAborted.into());
    }
    // The work is done: what follows is not a call in flight any more.
    drop(running);
    finish(out, codec);
    flush(out, writer).await
}

/// Appends the next item to `out`; writes what is there before it waits for one. `false` at the end.
async fn next<W: AsyncWrite + Unpin>(
    running: &mut Running,
    out: &mut BytesMut,
    writer: &mut W,
) -> std::io::Result<bool> {
    let first = poll_fn(|task| Poll::Ready(poll_framed(running, task, out))).await;
    match first {
        Poll::Ready(more) => Ok(more),
        Poll::Pending => {
            let cx = running.context().clone();
            write(&cx, out, writer).await?;
            Ok(poll_fn(|task| poll_framed(running, task, out)).await)
        }
    }
}

fn poll_framed(running: &mut Running, task: &mut std::task::Context<'_>, out: &mut BytesMut) -> Poll<bool> {
    let framed = put_data_with(out, |out| match running.poll_into(task, out) {
        Poll::Ready(Some(())) => Ok(()),
        Poll::Ready(None) => Err(Poll::Ready(false)),
        Poll::Pending => Err(Poll::Pending),
    });
    framed.map_or_else(|other| other, |()| Poll::Ready(true))
}

/// Writes all of `out`, unless the call is killed meanwhile: a caller that does not read must not hold a shutdown up.
async fn write<W: AsyncWrite + Unpin>(
    cx: &Context,
    out: &mut BytesMut,
    writer: &mut W,
) -> std::io::Result<()> {
    if out.is_empty() {
        return Ok(());
    }
    tokio::select! {
        biased;
        written = flush(out, writer) => written,
        () = cx.killed() => Err(std::io::ErrorKind::ConnectionAborted.into()),
    }
}

async fn flush<W: AsyncWrite + Unpin>(out: &mut BytesMut, writer: &mut W) -> std::io::Result<()> {
    writer.write_all(out).await?;
    out.clear();
    Ok(())
}

/// Says instead of a response why there is none.
fn refuse(out: &mut BytesMut, codec: Codec, error: &EndpointError) {
    if error.class() == ErrorClass::InvalidRequest {
        put_json(out, &Prologue::failed(error));
        put_control(out, Signal::Sentinel.as_json());
        return;
    }
    // Dynamo callers blame the worker for a failed start of any other class, and lose the class.
    put_json(out, &Prologue::started());
    let head = out.len();
    put_two_part_head(out, 0, 0);
    put_error(codec, error, out);
    let body = (out.len() - head - TWO_PART_HEAD) as u64;
    out[head + 8..head + 16].copy_from_slice(&body.to_be_bytes());
    finish(out, codec);
}

fn finish(out: &mut BytesMut, codec: Codec) {
    if let Err(error) = put_data_with(out, |out| item::put_final(codec, out)) {
        tracing::error!(%error, "an end mark could not be encoded");
    }
    put_control(out, Signal::Sentinel.as_json());
}

fn put_json<T: serde::Serialize>(out: &mut BytesMut, message: &T) -> bool {
    match Codec::Json.encode(message) {
        Ok(json) => {
            put_control(out, &json);
            true
        }
        Err(error) => {
            tracing::error!(%error, "a control message could not be encoded");
            false
        }
    }
}

/// Follows what the caller says until it wants nothing more. A stop goes to the handler, and the response goes on.
async fn listen<R: AsyncRead + Unpin>(reader: &mut R, cx: Context) {
    let mut decoder = TwoPartDecoder::new(MAX_CONTROL_LEN);
    let mut buf = BytesMut::new();
    loop {
        match decoder.decode(&mut buf) {
            Ok(Some(frame)) if frame.header.is_empty() && frame.body.is_empty() => continue,
            Ok(Some(frame))
                if frame.body.is_empty() && Signal::from_json(&frame.header) == Some(Signal::Stop) =>
            {
                cx.stop(CancelCause::Requested);
                continue;
            }
            Ok(Some(frame))
                if frame.body.is_empty() && Signal::from_json(&frame.header) == Some(Signal::Kill) =>
            {
                return cx.kill(CancelCause::CallerGone);
            }
            Ok(None) => {}
            Ok(Some(_)) | Err(_) => {
                tracing::debug!(request = %cx.id(), "the caller broke the protocol of its response stream");
                return cx.kill(CancelCause::CallerGone);
            }
        }
        // A caller never closes only its sending half: the end of its words is the end of its interest.
        if !matches!(reader.read_buf(&mut buf).await, Ok(1..)) {
            return cx.kill(CancelCause::CallerGone);
        }
    }
}

/// Reads until the other side closes.
async fn drain<R: AsyncRead + Unpin>(reader: &mut R) {
    let mut scratch = [0; 256];
    while matches!(reader.read(&mut scratch).await, Ok(1..)) {}
}
