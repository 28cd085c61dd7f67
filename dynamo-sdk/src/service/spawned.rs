//! Handlers that run in a spawned task, because they may outlive their caller or block their thread.
//!
//! The task runs the call like any other and sends its items to the response over a bounded channel.
//! Dropping the response means that the caller disconnected; the endpoint's `on_disconnect` option decides
//! what happens to the handler.

use std::future::poll_fn;
use std::task::{Context as Task, Poll, ready};

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::engine::context::Context;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;
use crate::runtime::Runtime;
use crate::service::endpoint::{Admission, Service};
use crate::service::erased::{EncodedItems, ErasedFuture, put_error};
use crate::service::input::RequestInput;
use crate::service::spec::OnDisconnect;
use crate::wire::codec::Codec;

/// How many finished items are buffered for the reader, besides the one in progress.
const AHEAD: usize = 1;

/// One item, or `None` for the end. A channel that closes without `None` lost its handler.
type SpawnedItem = Option<Bytes>;

/// Where and how a spawned handler runs.
pub(super) struct SpawnedHandler {
    runtime: Runtime,
    cpu: bool,
    on_disconnect: OnDisconnect,
}

impl SpawnedHandler {
    /// Returns how the endpoint spawns its handlers; `None` if they run in the caller's task.
    pub(super) fn of(service: &Service) -> Option<Self> {
        let options = service.options();
        let runtime = service.runtime().filter(|_| options.is_spawned())?.clone();
        Some(Self { runtime, cpu: options.cpu, on_disconnect: options.on_disconnect })
    }

    /// Spawns the handler of a request. `cx` is the context of the response.
    pub(super) fn start(
        self,
        admission: Admission,
        cx: &Context,
        codec: Codec,
        input: RequestInput,
    ) -> ErasedFuture {
        let (report_start, started) = oneshot::channel();
        let (sender, items) = mpsc::channel(AHEAD);
        let gone = CancellationToken::new();
        // Not a child of `cx`, which ends with the caller. Both end with the endpoint.
        let handler = admission.service().context(cx.identity().clone());
        let follow = follow(cx.clone(), gone.clone(), handler.clone(), self.on_disconnect);
        let response = SpawnedResponse { state: SpawnedState::Open(items), codec, _gone: gone.drop_guard() };
        let work = async move {
            let work = run(admission, self.cpu, handler, codec, input, (report_start, sender));
            tokio::select! {
                biased;
                () = work => {}
                () = follow => {}
            }
        };
        if self.cpu {
            drop(self.runtime.spawn_blocking(work));
        } else {
            drop(self.runtime.spawn(work));
        }
        Box::pin(async move {
            started.await.unwrap_or_else(|_| Err(cut_off()))?;
            Ok(Box::new(response) as Box<dyn EncodedItems>)
        })
    }
}

/// Runs the handler and sends its items until the reader disconnects.
async fn run(
    admission: Admission,
    cpu: bool,
    cx: Context,
    codec: Codec,
    input: RequestInput,
    (report_start, sender): (oneshot::Sender<Result<(), EndpointError>>, mpsc::Sender<SpawnedItem>),
) {
    let killed = cx.killed();
    let mut running = match admission.start_here(cx, codec, input).await {
        Ok(running) => running,
        Err(error) => {
            // A disconnected caller needs no error.
            let _ = report_start.send(Err(error));
            return;
        }
    };
    let _ = report_start.send(Ok(()));
    let items = async {
        let mut buf = BytesMut::new();
        let mut wanted = true;
        while poll_fn(|task| running.poll_into(task, &mut buf)).await.is_some() {
            let item = buf.split().freeze();
            wanted = wanted && sender.send(Some(item)).await.is_ok();
            if cpu || !wanted {
                // A handler that blocks before every item, or has no reader, never waits. Yielding lets a
                // kill reach it and other tasks run.
                tokio::task::yield_now().await;
            }
        }
        if wanted && !running.aborted() {
            let _ = sender.send(None).await;
        }
    };
    let mut items = std::pin::pin!(items);
    tokio::select! {
        biased;
        () = &mut items => {}
        // A stalled reader must not delay a shutdown. The same kill ends the handler.
        () = killed => drop(tokio::time::timeout(std::time::Duration::ZERO, items).await),
    }
}

/// Forwards cancellation of the response to the handler. Never returns.
async fn follow(cx: Context, gone: CancellationToken, handler: Context, on_disconnect: OnDisconnect) {
    let lost = async {
        tokio::select! {
            () = cx.killed() => {}
            () = gone.cancelled() => {}
        }
    };
    let mut lost = std::pin::pin!(lost);
    tokio::select! {
        biased;
        () = &mut lost => {}
        () = cx.stopped() => {
            if !cx.is_killed() {
                handler.stop(cx.cause().unwrap_or(CancelCause::Requested));
            }
            lost.await;
        }
    }
    match (cx.cause(), on_disconnect) {
        (Some(cause @ (CancelCause::Deadline | CancelCause::Shutdown)), _) if cx.is_killed() => {
            handler.kill(cause);
        }
        (_, OnDisconnect::Kill) => handler.kill(CancelCause::CallerGone),
        (_, OnDisconnect::Stop) => handler.stop(CancelCause::CallerGone),
        (_, OnDisconnect::Ignore) => {}
    }
    std::future::pending::<()>().await;
}

/// The response of a spawned handler. Dropping it before its end signals a disconnect to the handler.
struct SpawnedResponse {
    state: SpawnedState,
    codec: Codec,
    _gone: DropGuard,
}

enum SpawnedState {
    Open(mpsc::Receiver<SpawnedItem>),
    Ended,
}

impl EncodedItems for SpawnedResponse {
    fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<Option<()>> {
        let SpawnedState::Open(items) = &mut self.state else { return Poll::Ready(None) };
        let next = ready!(items.poll_recv(task));
        if let Some(Some(item)) = next {
            buf.extend_from_slice(&item);
            return Poll::Ready(Some(()));
        }
        self.state = SpawnedState::Ended;
        if next.is_some() {
            return Poll::Ready(None);
        }
        put_error(self.codec, &cut_off(), buf);
        Poll::Ready(Some(()))
    }
}

fn cut_off() -> EndpointError {
    EndpointError::unavailable("the handler was terminated before its response was complete")
}
