//! Layers around the endpoints of a component.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context as Task, Poll};

use bytes::{Bytes, BytesMut};
use futures::FutureExt;

use crate::address::ids::{ComponentId, EndpointId, InstanceId};
use crate::engine::context::Context;
use crate::error::call::CallError;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::layer::erased::{ErasedRequest, ErasedResponse, RequestRest, ResponseRest, ServiceRequest};
use crate::layer::stack::{LayerStack, chosen};
use crate::service::erased::{EncodedItems, ErasedEngine, ErasedFuture};
use crate::service::input::RequestInput;
use crate::service::spec::EndpointSpec;
use crate::wire::codec::Codec;

impl ServiceRequest {
    /// Runs the handler. A call with a single request waits for the first item, so that layers see it.
    pub(super) async fn forward(self, cx: Context) -> Result<ErasedResponse, CallError> {
        let Self { engine, cx: original, codec, input } = self;
        let single = matches!(input, RequestInput::One(_));
        let cx = chosen(original, cx);
        let mut items = cx.scope(engine.start(cx.clone(), codec, input)).await?;
        let mut next = NextItem::Unread;
        if single {
            let mut buf = BytesMut::new();
            let first = poll_fn(|task| cx.enter(|| items.poll_into(task, &mut buf))).await;
            next = first.map_or(NextItem::End, |()| NextItem::Read(buf.freeze()));
        }
        Ok(ErasedResponse(ResponseRest::Service(Box::new(LayeredItems { next, items, cx }))))
    }
}

/// The items of a handler below layers. The first one may already be read.
struct LayeredItems {
    next: NextItem,
    items: Box<dyn EncodedItems>,
    cx: Context,
}

enum NextItem {
    Read(Bytes),
    Unread,
    End,
}

impl EncodedItems for LayeredItems {
    fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<Option<()>> {
        let Self { next, items, cx } = self;
        match next {
            NextItem::Read(item) => {
                buf.extend_from_slice(item);
                *next = NextItem::Unread;
                Poll::Ready(Some(()))
            }
            NextItem::Unread => cx.enter(|| items.poll_into(task, buf)),
            NextItem::End => Poll::Ready(None),
        }
    }

    fn failed(&self) -> Option<ErrorClass> {
        self.items.failed()
    }
}

/// An engine wrapped in layers.
struct LayeredEngine {
    engine: Arc<dyn ErasedEngine>,
    stack: LayerStack,
    endpoint: EndpointId,
    instance: InstanceId,
}

impl ErasedEngine for LayeredEngine {
    fn takes_stream(&self) -> bool {
        self.engine.takes_stream()
    }

    fn start(&self, cx: Context, codec: Codec, input: RequestInput) -> ErasedFuture {
        let rest = ServiceRequest { engine: Arc::clone(&self.engine), cx: cx.clone(), codec, input };
        let rest = RequestRest::Service(rest);
        let request = ErasedRequest { endpoint: self.endpoint.clone(), instance: self.instance, codec, rest };
        let stack = self.stack.clone();
        async move {
            match stack.generate(cx.with(request)).await {
                Ok(ErasedResponse(ResponseRest::Service(items))) => Ok(items),
                Ok(ErasedResponse(ResponseRest::Client(_))) => {
                    Err(EndpointError::internal("a layer returned the response of another call"))
                }
                Err(error) => Err(error.into_endpoint_error().unwrap_or_else(EndpointError::from)),
            }
        }
        .boxed()
    }
}

/// Wraps the endpoints of a component in its layers.
pub(crate) fn layered(
    endpoints: Vec<EndpointSpec>,
    stack: Option<LayerStack>,
    component: &ComponentId,
    instance: InstanceId,
) -> Vec<EndpointSpec> {
    let Some(stack) = stack else { return endpoints };
    let layered = |mut spec: EndpointSpec| {
        let endpoint = component.endpoint(spec.name.clone());
        let engine = Arc::from(spec.engine);
        spec.engine = Box::new(LayeredEngine { engine, stack: stack.clone(), endpoint, instance });
        spec
    };
    endpoints.into_iter().map(layered).collect()
}
