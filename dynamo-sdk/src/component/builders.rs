//! Builders returned by `Mount::unary` and friends, as called by generated code.
//!
//! The bounds on the types of an endpoint stand only on the methods of
//! [`EndpointList`](crate::component::endpoint_list::EndpointList), so that the compiler reports a violation
//! once, at the statement that names the type. Those methods capture whatever depends on the bounds in a
//! closure.

use std::fmt;
use std::sync::Arc;

use crate::component::engines::{HandlerItems, StreamEngine, StreamHandler, UnaryEngine, UnaryHandler};
use crate::component::slot::EndpointSlot;
use crate::engine::ManyOut;
use crate::error::call::CallError;
use crate::error::endpoint::EndpointError;
use crate::pipeline::source::{Open, Source};
use crate::service::bounds::{Decode, Encode, Failure};
use crate::service::endpoint_info::EndpointInfo;
use crate::service::erased::{ErasedEngine, ErasedStream, ErasedUnary};
use crate::service::spec::EndpointSpec;

/// An endpoint with its types, waiting for its handler.
#[must_use = "an endpoint without a handler is not mounted"]
pub struct EndpointBuilder<'a, C, H> {
    slot: EndpointSlot<'a, C>,
    name: &'static str,
    about: EndpointInfo,
    engine: MakeEngine<C, H>,
}

/// Makes the engine of an endpoint from its handler.
type MakeEngine<C, H> = Box<dyn FnOnce(Arc<C>, H) -> Box<dyn ErasedEngine>>;

/// Links the operators between an endpoint and its handler.
pub type PipelineLink<Up, Answer, Req, Out> =
    fn(Open<Source<Up, Answer>, Up, Answer>) -> Open<Source<Up, Answer>, Req, Out>;

impl<C, H> fmt::Debug for EndpointBuilder<'_, C, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An endpoint with one response.
pub type UnaryBuilder<'a, C, Req, Resp, E> = EndpointBuilder<'a, C, UnaryHandler<C, Req, Resp, E>>;

/// An endpoint with a stream of responses.
pub type StreamBuilder<'a, C, Req, Item, E, O> = EndpointBuilder<'a, C, StreamHandler<C, Req, Item, E, O>>;

impl<'a, C: Send + Sync + 'static, Req, Resp, E> UnaryBuilder<'a, C, Req, Resp, E> {
    pub(super) fn new(slot: EndpointSlot<'a, C>, name: &'static str, about: EndpointInfo) -> Self
    where
        Req: Decode,
        Resp: Encode,
        E: Failure + 'static,
    {
        let engine = |component, handler| -> Box<dyn ErasedEngine> {
            Box::new(ErasedUnary::<Req, Resp, EndpointError>(Arc::new(UnaryEngine::new(component, handler))))
        };
        Self { slot, name, about, engine: Box::new(engine) }
    }

    pub(super) fn piped<Up, Answer>(
        slot: EndpointSlot<'a, C>,
        name: &'static str,
        about: EndpointInfo,
        link: PipelineLink<Up, Answer, Req, Resp>,
    ) -> Self
    where
        Up: Decode,
        Answer: Encode,
        Req: Send + 'static,
        Resp: Send + 'static,
        E: Failure + 'static,
    {
        let engine = move |component, handler| -> Box<dyn ErasedEngine> {
            let pipeline = link(Source::open()).sink(UnaryEngine::new(component, handler));
            Box::new(ErasedUnary::<Up, Answer, CallError>(Arc::new(pipeline)))
        };
        Self { slot, name, about, engine: Box::new(engine) }
    }

    /// Mounts the endpoint.
    pub fn handler(self, handler: UnaryHandler<C, Req, Resp, E>) -> &'a mut EndpointSpec {
        self.slot.put(self.name, self.about, |component| (self.engine)(component, handler))
    }
}

impl<'a, C: Send + Sync + 'static, Req, Item, E, O> StreamBuilder<'a, C, Req, Item, E, O> {
    pub(super) fn new(slot: EndpointSlot<'a, C>, name: &'static str, about: EndpointInfo) -> Self
    where
        Req: Decode,
        Item: Encode,
        E: Failure + 'static,
        O: Failure + 'static,
    {
        let engine = |component, handler| -> Box<dyn ErasedEngine> {
            Box::new(ErasedStream::<Req, HandlerItems<Item>, EndpointError>(Arc::new(StreamEngine::new(
                component, handler,
            ))))
        };
        Self { slot, name, about, engine: Box::new(engine) }
    }

    pub(super) fn piped<Up, Answer>(
        slot: EndpointSlot<'a, C>,
        name: &'static str,
        about: EndpointInfo,
        link: PipelineLink<Up, ManyOut<Answer>, Req, ManyOut<Item>>,
    ) -> Self
    where
        Up: Decode,
        Answer: Encode,
        Req: Send + 'static,
        Item: Send + 'static,
        E: Failure + 'static,
        O: Failure + 'static,
    {
        let engine = move |component, handler| -> Box<dyn ErasedEngine> {
            let pipeline = link(Source::open()).sink(StreamEngine::new(component, handler));
            Box::new(ErasedStream::<Up, ManyOut<Answer>, CallError>(Arc::new(pipeline)))
        };
        Self { slot, name, about, engine: Box::new(engine) }
    }

    /// Mounts the endpoint.
    pub fn handler(self, handler: StreamHandler<C, Req, Item, E, O>) -> &'a mut EndpointSpec {
        self.slot.put(self.name, self.about, |component| (self.engine)(component, handler))
    }
}
