//! A handler that runs in a task of its own, because it may outlive its caller or block its thread.
//!
//! The task runs the call as any other; its items go through a bounded channel to the response. Losing the response is
//! losing the caller, and what that means to the handler is the endpoint's option `on_disconnect`.

use std::future::poll_fn;
use std::task::{Context as Task, Poll, ready};

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::engine::context::Context;
use crate::error::cancel::CancelCause;
use crate::error::endpoint::EndpointError;
use crate::runtime::Runtime;
use crate::service::endpoint::Admission;
use crate::service::erased::{EncodedItems, ErasedFuture, put_error};
use crate::service::input::RequestInput;
use crate::service::spec::OnDisconnect;
use crate::wire::codec::Codec;

/// How many items the handler may be ahead of its reader, beside the one it is making.
const AHEAD: usize = 1;

/// One item, or `None` for the end: a channel that closes without one was cut off.
type SpawnedItem = Option<Bytes>;

/// Where and how such a handler runs.
pub(super) struct SpawnedHandler {
    pub(super) runtime: Runtime,
    pub(super) cpu: bool,
    pub(super) on_disconnect: OnDisconnect,
}

impl SpawnedHandler {
    /// Starts the handler of a request in a task of its own. `cx` is the context of the response.
    pub(super) fn start(
        self,
        admitted: Admission,
        cx: &Context,
        codec: Codec,
        input: RequestInput,
    ) -> ErasedFuture {
        let (say_started, started) = oneshot::channel();
        let (sender, parts) = mpsc::channel(AHEAD);
        let gone = CancellationToken::new();
        // Not a child of `cx`: that ends with its caller. Both end with the endpoint.
        let handler = admitted.served().context(cx.identity().clone());
        let follow = follow(cx.clone(), gone.clone(), handler.clone(), self.on_disconnect);
        let front = SpawnedResponse { parts, codec, over: false, _gone: gone.drop_guard() };
        let work = async move {
            let work = run(admitted, self.cpu, handler, codec, input, (say_started, sender));
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
            Ok(Box::new(front) as Box<dyn EncodedItems>)
        })
    }
}

/// Runs the handler and sends its items for as long as somebody wants them.
async fn run(
    admitted: Admission,
    cpu: bool,
    cx: Context,
    codec: Codec,
    input: RequestInput,
    (say_started, parts): (oneshot::Sender<Result<(), EndpointError>>, mpsc::Sender<SpawnedItem>),
) {
    let killed = cx.killed();
    let mut running = match admitted.start_here(cx, codec, input).await {
        Ok(running) => running,
        Err(error) => {
            // Whoever is gone does not need to know.
            let _ = say_started.send(Err(error));
            return;
        }
    };
    let _ = say_started.send(Ok(()));
    let items = async {
        let mut buf = BytesMut::new();
        let mut wanted = true;
        while poll_fn(|task| running.poll_into(task, &mut buf)).await.is_some() {
            let item = buf.split().freeze();
            wanted = wanted && parts.send(Some(item)).await.is_ok();
            if cpu || !wanted {
                // A stream that blocks before every item, or that nobody reads, need not wait for anything: this is where
                // it hears of a kill, and lets others run.
                tokio::task::yield_now().await;
            }
        }
        if wanted && !running.aborted() {
            let _ = parts.send(None).await;
        }
    };
    let mut items = std::pin::pin!(items);
    tokio::select! {
        biased;
        () = &mut items => {}
        // A reader that does not read must not hold a shutdown up; the handler itself ends because of the same kill.
        () = killed => drop(tokio::time::timeout(std::time::Duration::ZERO, items).await),
    }
}

/// Hands on to the handler what happens to its response. Does not end.
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

/// The response of such a handler. Dropping it before its end tells that the caller is gone.
struct SpawnedResponse {
    parts: mpsc::Receiver<SpawnedItem>,
    codec: Codec,
    over: bool,
    _gone: DropGuard,
}

impl EncodedItems for SpawnedResponse {
    fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<Option<()>> {
        if self.over {
            return Poll::Ready(None);
        }
        let part = ready!(self.parts.poll_recv(task));
        self.over = !matches!(part, Some(Some(_)));
        Poll::Ready(match part {
            Some(Some(item)) => {
                buf.extend_from_slice(&item);
                Some(())
            }
            Some(None) => None,
            None => {
                put_error(self.codec, &cut_off(), buf);
                Some(())
            }
        })
    }
}

fn cut_off() -> EndpointError {
    EndpointError::unavailable("the handler was ended before its response was complete")
}
