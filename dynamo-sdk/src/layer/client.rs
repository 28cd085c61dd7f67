//! Layers around client calls.

use std::future::poll_fn;
use std::task::{Context as Task, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::time::timeout_at;

use crate::clock::after;
use crate::engine::context::Context;
use crate::error::call::CallError;
use crate::error::call::kind::Stage;
use crate::error::transport::TransportError;
use crate::layer::erased::{ClientRequest, ErasedRequest, ErasedResponse, RequestRest, ResponseRest};
use crate::layer::stack::{LayerStack, chosen};
use crate::transport::request::{Request, RequestBody, Response, ResponseBody};

impl ClientRequest {
    /// Sends the call. A call with a single request waits for the first item, so that layers see it.
    pub(super) async fn forward(self, cx: Context) -> Result<ErasedResponse, CallError> {
        let Self { mut call, send } = self;
        call.cx = chosen(call.cx, cx);
        let single = matches!(call.input, RequestBody::One(_));
        let (target, limit) = (call.target.clone(), call.first_item);
        let failed = |error: TransportError| error.at(&target.endpoint, target.id);
        let mut response = send(call).await.map_err(failed)?;
        if single {
            let first = poll_fn(|task| response.bodies.poll_body(task));
            let first = match limit {
                None => first.await,
                Some(limit) => timeout_at(after(response.acknowledged, limit), first)
                    .await
                    .map_err(|_| failed(TransportError::timed_out(Stage::FirstItem, limit)))?,
            };
            let next = first.transpose().map_err(failed)?.map_or(NextBody::End, NextBody::Read);
            response.bodies = Box::new(LayeredBodies { next, bodies: response.bodies });
        }
        Ok(ErasedResponse(ResponseRest::Client(response)))
    }
}

/// The items of a response that passed the layers. The first one was already read.
struct LayeredBodies {
    next: NextBody,
    bodies: Box<dyn ResponseBody>,
}

enum NextBody {
    Read(Bytes),
    Unread,
    End,
}

impl ResponseBody for LayeredBodies {
    fn poll_body(&mut self, task: &mut Task<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        match std::mem::replace(&mut self.next, NextBody::Unread) {
            NextBody::Read(body) => Poll::Ready(Some(Ok(body))),
            NextBody::Unread => self.bodies.poll_body(task),
            NextBody::End => {
                self.next = NextBody::End;
                Poll::Ready(None)
            }
        }
    }

    fn complete(&mut self) {
        self.bodies.complete();
    }
}

/// Sends a call through the layers of a client.
pub(crate) async fn send(
    stack: &LayerStack,
    call: Request,
    send: impl FnOnce(Request) -> BoxFuture<'static, Result<Response, TransportError>> + Send + 'static,
) -> Result<Response, CallError> {
    let (target, cx) = (call.target.clone(), call.cx.clone());
    let rest = RequestRest::Client(ClientRequest { call, send: Box::new(send) });
    let (endpoint, instance, codec) = (target.endpoint.clone(), target.id, target.codec);
    match stack.generate(cx.with(ErasedRequest { endpoint, instance, codec, rest })).await? {
        ErasedResponse(ResponseRest::Client(response)) => Ok(response),
        ErasedResponse(ResponseRest::Service(_)) => {
            Err(TransportError::protocol("a layer returned the response of another call")
                .at(&target.endpoint, instance))
        }
    }
}
