//! The worker's side of a response: dials the caller, runs the engine, writes its items, and listens for stop
//! and kill.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use crate::config::Config;
use crate::engine::context::Context;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::observe::observer::Plane;
use crate::service::endpoint::Admission;
use crate::service::erased::{EncodedItems, put_error};
use crate::service::input::RequestInput;
use crate::service::running::Running;
use crate::transport::net::dial::Dialer;
use crate::transport::response::call_home::call_home;
use crate::transport::response::request_receiver as requests;
use crate::wire::codec::Codec;
use crate::wire::control::{Handshake, HomeAddress, MAX_CONTROL_LEN, Prologue, Signal, StreamType};
use crate::wire::frame::{TWO_PART_HEAD, TwoPartDecoder, put_control, put_data_with, put_two_part_head};
use crate::wire::item;

/// Ready items are batched up to this many bytes before writing.
const BATCH: usize = 32 * 1024;

/// Time for the caller to close the connection after the end mark.
const CLOSING: Duration = Duration::from_secs(10);

/// How long a request may be queued without a connection to its caller.
const QUEUED: Duration = Duration::from_millis(200);

/// An acknowledged request to answer.
pub(crate) struct ResponseTask {
    pub(super) home: HomeAddress,
    pub(super) codec: Codec,
    pub(super) work: TaskInput,
}

pub(super) enum TaskInput {
    Run {
        admission: Admission,
        cx: Context,
        /// The request; empty if a stream of requests is read over a separate connection.
        body: Bytes,
        requests_at: Option<HomeAddress>,
    },
    /// Sends the caller an error. Admission control limits these responses like all other work.
    Refuse { error: EndpointError, admission: Admission },
}

/// Settings of a response task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseLimits {
    /// Dials the caller.
    pub(crate) dialer: Dialer,
    /// Maximum size of one request of a stream, in bytes.
    pub(crate) max_item: usize,
}

impl ResponseLimits {
    pub(crate) fn of(config: &Config) -> Self {
        Self { dialer: Dialer::new(&config.request), max_item: config.response.max_item_size }
    }
}

impl ResponseTask {
    /// Answers the request. Ends when the caller has closed the connection.
    pub(crate) async fn run(self, limits: ResponseLimits) {
        let Self { home, codec, mut work } = self;
        if let TaskInput::Run { admission, cx, .. } = &mut work {
            // Dialing late keeps briefly queued requests from holding connections. A request that waits longer dials: only
            // the connection tells it that its caller has left, so that it gives up its place in the queue.
            tokio::select! {
                () = admission.ready() => {}
                () = cx.killed() => {}
                () = sleep(QUEUED) => {}
            }
        }
        let (observers, cx) = match &work {
            TaskInput::Run { admission, cx, .. } => (admission.observers().clone(), cx.clone()),
            TaskInput::Refuse { admission, .. } => (admission.observers().clone(), Context::new()),
        };
        // Dial the connection for requests first, as Dynamo does.
        let input = match &mut work {
            TaskInput::Run { requests_at: Some(from), .. } => {
                let Some(mut stream) = call_home(from, limits.dialer, &observers, &cx).await else {
                    return;
                };
                if let Err(error) = requests::greet(&mut stream, from.clone()).await {
                    tracing::debug!(%error, "failed to open the connection for requests; the call is lost");
                    return;
                }
                RequestInput::Many(requests::read(stream, limits.max_item))
            }
            TaskInput::Run { body, .. } => RequestInput::One(std::mem::take(body)),
            TaskInput::Refuse { .. } => RequestInput::One(Bytes::new()),
        };
        let Some(stream) = call_home(&home, limits.dialer, &observers, &cx).await else { return };
        let _open = observers.opened(Plane::Response, None);
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
            TaskInput::Run { admission, cx, .. } => {
                let run = serve(admission, cx.clone(), codec, input, &mut out, &mut writer);
                tokio::select! {
                    biased;
                    // Polled first: a response written as fast as it is read exhausts the coop budget of its
                    // task in every poll, so a later branch would never see a stop.
                    () = listen(&mut reader, cx) => return,
                    written = run => written,
                }
            }
        };
        match written {
            // Ignore further signals and wait for the caller to close.
            Ok(()) => drop(timeout(CLOSING, drain(&mut reader)).await),
            // The caller may reset the connection once it has received the end mark.
            Err(error) => tracing::debug!(%error, "failed to write a response"),
        }
    }
}

/// Runs the engine and writes its items.
async fn serve<W: AsyncWrite + Unpin>(
    admission: Admission,
    cx: Context,
    codec: Codec,
    input: RequestInput,
    out: &mut BytesMut,
    writer: &mut W,
) -> std::io::Result<()> {
    // Send the handshake before the engine starts, so the caller knows that a worker has the request.
    let mut start = std::pin::pin!(admission.start(cx.clone(), codec, input));
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
    // The handler has finished: the call no longer counts as in flight.
    drop(running);
    finish(out, codec);
    flush(out, writer).await
}

/// Appends the next item to `out`, flushing `out` before waiting for one. Returns `false` at the end.
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

/// Writes all of `out` unless the call is killed: a caller that does not read must not delay a shutdown.
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

/// Writes an error in place of a response.
fn refuse(out: &mut BytesMut, codec: Codec, error: &EndpointError) {
    if error.class() == ErrorClass::InvalidRequest {
        put_json(out, &Prologue::failed(error));
        put_control(out, Signal::Sentinel.as_json());
        return;
    }
    // For any other class of a failed start, Dynamo callers report the worker down and drop the class.
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
        tracing::error!(%error, "failed to encode an end mark");
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
            tracing::error!(%error, "failed to encode a control message");
            false
        }
    }
}

/// Reads the signals of the caller until it cancels the call. A stop is forwarded to the handler; the
/// response continues.
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
                tracing::debug!(request = %cx.id(), "the caller violated the response stream protocol");
                return cx.kill(CancelCause::CallerGone);
            }
        }
        // A caller never closes only its sending half: EOF cancels the call.
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
