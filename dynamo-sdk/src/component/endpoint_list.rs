//! The list of endpoints that the generated `mount` of a component fills, one statement each.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::component::builders::{PipelineLink, StreamBuilder, UnaryBuilder};
use crate::component::hooks::{Hook, Hooks, StartHook};
use crate::component::listener::builder::ListenBuilder;
use crate::component::listener::reply::EventPayload;
use crate::component::slot::EndpointSlot;
use crate::engine::ManyOut;
use crate::service::bounds::{Decode, Encode, Failure};
use crate::service::endpoint_info::EndpointInfo;
use crate::service::spec::EndpointSpec;

/// The endpoints of a component `C` whose client is `K`.
pub struct EndpointList<C, K> {
    /// `None` if the endpoints are only described.
    component: Option<Arc<C>>,
    pub(crate) endpoints: Vec<EndpointSpec>,
    pub(crate) hooks: Hooks,
    client: PhantomData<fn() -> K>,
}

impl<C, K> fmt::Debug for EndpointList<C, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.endpoints).finish()
    }
}

impl<C, K> EndpointList<C, K> {
    pub(super) fn new(component: Option<Arc<C>>) -> Self {
        Self { component, endpoints: Vec::new(), hooks: Hooks::default(), client: PhantomData }
    }
}

impl<C: Send + Sync + 'static, K> EndpointList<C, K> {
    /// Adds an endpoint with one response. `Req` is a
    /// [`RequestStream`](crate::engine::requests::RequestStream) if the endpoint takes a stream of requests.
    pub fn unary<Req, Resp>(&mut self, name: &'static str) -> UnaryBuilder<'_, C, Req, Resp, Infallible>
    where
        Req: Decode,
        Resp: Encode,
    {
        UnaryBuilder::new(self.slot(), name, EndpointInfo::new::<Req, Resp>(false))
    }

    /// Adds an endpoint with one response that fails with `E`.
    pub fn try_unary<Req, Resp, E>(&mut self, name: &'static str) -> UnaryBuilder<'_, C, Req, Resp, E>
    where
        Req: Decode,
        Resp: Encode,
        E: Failure + 'static,
    {
        UnaryBuilder::new(self.slot(), name, EndpointInfo::new::<Req, Resp>(false))
    }

    /// Adds an endpoint with a stream of responses.
    pub fn stream<Req, Item>(
        &mut self,
        name: &'static str,
    ) -> StreamBuilder<'_, C, Req, Item, Infallible, Infallible>
    where
        Req: Decode,
        Item: Encode,
    {
        StreamBuilder::new(self.slot(), name, EndpointInfo::new::<Req, Item>(true))
    }

    /// Adds an endpoint with a stream of responses. Opening the stream fails with `O`, and its items fail
    /// with `E`.
    pub fn try_stream<Req, Item, E, O>(&mut self, name: &'static str) -> StreamBuilder<'_, C, Req, Item, E, O>
    where
        Req: Decode,
        Item: Encode,
        E: Failure + 'static,
        O: Failure + 'static,
    {
        StreamBuilder::new(self.slot(), name, EndpointInfo::new::<Req, Item>(true))
    }

    /// Adds an endpoint with one response and a pipeline: the operators linked by `link` turn a request `Up`
    /// into the `Req` of the handler.
    pub fn piped_unary<Up, Answer, Req, Resp, E>(
        &mut self,
        name: &'static str,
        link: PipelineLink<Up, Answer, Req, Resp>,
    ) -> UnaryBuilder<'_, C, Req, Resp, E>
    where
        Up: Decode,
        Answer: Encode,
        Req: Send + 'static,
        Resp: Send + 'static,
        E: Failure + 'static,
    {
        UnaryBuilder::piped(self.slot(), name, EndpointInfo::new::<Up, Answer>(false), link)
    }

    /// Adds an endpoint with a stream of responses and a pipeline, like [`piped_unary`](Self::piped_unary).
    pub fn piped_stream<Up, Answer, Req, Item, E, O>(
        &mut self,
        name: &'static str,
        link: PipelineLink<Up, ManyOut<Answer>, Req, ManyOut<Item>>,
    ) -> StreamBuilder<'_, C, Req, Item, E, O>
    where
        Up: Decode,
        Answer: Encode,
        Req: Send + 'static,
        Item: Send + 'static,
        E: Failure + 'static,
        O: Failure + 'static,
    {
        StreamBuilder::piped(self.slot(), name, EndpointInfo::new::<Up, Answer>(true), link)
    }

    fn slot(&mut self) -> EndpointSlot<'_, C> {
        EndpointSlot::new(self.component.clone(), &mut self.endpoints)
    }

    /// Runs `hook` before the component is registered. Its error fails the start of the service.
    pub fn on_start(&mut self, hook: StartHook<C>) {
        if let Some(component) = self.component.clone() {
            self.hooks.on_start(component, hook);
        }
    }

    /// Runs `hook` after the last call, for at most `DYN_SDK_SHUTDOWN_GRACE_SECS`, if `#[on_start]` has
    /// succeeded.
    pub fn on_stop(&mut self, hook: Hook<C, ()>) {
        if let Some(component) = self.component.clone() {
            self.hooks.on_stop(component, hook);
        }
    }

    /// Checks the health of the component with `hook`, every `DYN_CANARY_WAIT_TIME` seconds.
    pub fn health(&mut self, hook: Hook<C>) {
        if let Some(component) = self.component.clone() {
            self.hooks.health(component, hook);
        }
    }

    /// Subscribes to `topic` while the component is served. Events are handled one at a time.
    pub fn subscribe<T: EventPayload>(&mut self, topic: &'static str) -> ListenBuilder<'_, C, T> {
        ListenBuilder::new(&mut self.hooks.listeners, self.component.clone(), topic)
    }
}
