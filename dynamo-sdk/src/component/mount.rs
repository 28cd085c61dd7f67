//! What the generated `mount` of a component calls, one statement for each endpoint.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::address::ids::ComponentId;
use crate::address::names::EndpointName;
use crate::component::builders::{PipelineLink, StreamBuilder, UnaryBuilder};
use crate::component::hooks::{Hook, Hooks, StartHook};
use crate::component::listener::{EventPayload, ListenBuilder};
use crate::component::typed_client::ComponentClient;
use crate::describe::Description;
use crate::engine::ManyOut;
use crate::service::bounds::{Decode, Encode, Failure};
use crate::service::endpoint_info::EndpointInfo;
use crate::service::erased::{DescribedOnly, ErasedEngine};
use crate::service::spec::EndpointSpec;

/// A type whose methods are endpoints. `#[endpoints]` on its `impl` block implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no endpoints",
    label = "this component has no `impl` block with `#[endpoints]`",
    note = "write `#[endpoints]` on the `impl` block and `#[endpoint]` on its methods"
)]
pub trait Endpoints: Sized {
    /// Lists the endpoints. Generated.
    fn mount(list: &mut Mount<Self>)
    where
        Self: Component;
}

/// A type that can be served. `#[component]` on it implements this.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a component",
    label = "this type has no `#[component]`",
    note = "write `#[component(namespace = \"…\")]` on the type, and `#[endpoints]` on its `impl` block",
    note = "what implements a contract, a trait with `#[component]`, is served as `…Server::new(…)`"
)]
pub trait Component: Endpoints + Send + Sync + 'static {
    /// The type that calls it.
    type Client: ComponentClient;

    /// Its place in the address space.
    const ID: ComponentId = <Self::Client as ComponentClient>::ID;

    /// Its doc comment.
    const DOCS: &'static str = "";

    /// The components that it calls: the fields marked with `#[client]`, in their order.
    const DEPENDENCIES: &'static [ComponentId] = &[];

    /// The components that it calls.
    #[must_use]
    fn dependencies() -> &'static [ComponentId] {
        Self::DEPENDENCIES
    }

    /// What it offers, as data. No instance is needed, and nothing runs.
    #[must_use]
    fn describe() -> Description {
        Description::of::<Self>()
    }
}

/// What the `mount` of a component fills.
///
/// For a type that is no component the client is an error of the compiler, which it tells once, and it says nothing of what
/// is done to such a list. That is why the list names the client, and why its methods do not ask for a [`Component`].
pub type Mount<C> = EndpointList<C, <C as Component>::Client>;

/// The endpoints of a component that is called by `K`, as its `mount` lists them.
pub struct EndpointList<C, K> {
    /// Nothing if the endpoints are only described.
    component: Option<Arc<C>>,
    pub(crate) endpoints: Vec<EndpointSpec>,
    pub(crate) hooks: Hooks,
    client: PhantomData<fn() -> K>,
}

/// The place of the next endpoint of a list.
pub(super) struct EndpointSlot<'a, C> {
    component: Option<Arc<C>>,
    endpoints: &'a mut Vec<EndpointSpec>,
}

impl<C, K> fmt::Debug for EndpointList<C, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.endpoints).finish()
    }
}

impl<C: Component> Mount<C> {
    pub(crate) fn of(component: Arc<C>) -> Self {
        Self::listed(Some(component))
    }

    /// The endpoints without the component, to be described and not to be called.
    pub(crate) fn described() -> Self {
        Self::listed(None)
    }

    fn listed(component: Option<Arc<C>>) -> Self {
        let mut list =
            Self { component, endpoints: Vec::new(), hooks: Hooks::default(), client: PhantomData };
        C::mount(&mut list);
        list
    }
}

impl<C: Send + Sync + 'static, K> EndpointList<C, K> {
    /// An endpoint of one response. A [`RequestStream`] as `Req` is a stream of requests.
    pub fn unary<Req, Resp>(&mut self, name: &'static str) -> UnaryBuilder<'_, C, Req, Resp, Infallible>
    where
        Req: Decode,
        Resp: Encode,
    {
        UnaryBuilder::new(self.slot(), name, EndpointInfo::new::<Req, Resp>(false))
    }

    /// An endpoint of one response, which `E` can keep from coming.
    pub fn try_unary<Req, Resp, E>(&mut self, name: &'static str) -> UnaryBuilder<'_, C, Req, Resp, E>
    where
        Req: Decode,
        Resp: Encode,
        E: Failure + 'static,
    {
        UnaryBuilder::new(self.slot(), name, EndpointInfo::new::<Req, Resp>(false))
    }

    /// An endpoint of a stream of responses.
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

    /// An endpoint of a stream of responses, which an item `E` can end, and which may fail to open with `O`.
    pub fn try_stream<Req, Item, E, O>(&mut self, name: &'static str) -> StreamBuilder<'_, C, Req, Item, E, O>
    where
        Req: Decode,
        Item: Encode,
        E: Failure + 'static,
        O: Failure + 'static,
    {
        StreamBuilder::new(self.slot(), name, EndpointInfo::new::<Req, Item>(true))
    }

    /// An endpoint of one response whose requests of `Up` pass operators, as `link` puts them, before they are the `Req`
    /// of the handler.
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

    /// The same for a stream of responses.
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
        EndpointSlot { component: self.component.clone(), endpoints: &mut self.endpoints }
    }

    /// Runs `hook` before the component is registered. Its error is that of serving the component.
    pub fn on_start(&mut self, hook: StartHook<C>) {
        if let Some(component) = self.component.clone() {
            self.hooks.on_start(component, hook);
        }
    }

    /// Runs `hook` after the last call, for at most `DYN_SDK_SHUTDOWN_GRACE_SECS`. Only what has started is stopped.
    pub fn on_stop(&mut self, hook: Hook<C, ()>) {
        if let Some(component) = self.component.clone() {
            self.hooks.on_stop(component, hook);
        }
    }

    /// Asks `hook` how the component is, every `DYN_CANARY_WAIT_TIME`.
    pub fn health(&mut self, hook: Hook<C>) {
        if let Some(component) = self.component.clone() {
            self.hooks.health(component, hook);
        }
    }

    /// Hears the events of `topic` for as long as the component is served, one after the other.
    pub fn subscribe<T: EventPayload>(&mut self, topic: &'static str) -> ListenBuilder<'_, C, T> {
        ListenBuilder::new(&mut self.hooks.listeners, self.component.clone(), topic)
    }
}

impl<'a, C> EndpointSlot<'a, C> {
    pub(super) fn put(
        self,
        name: &'static str,
        about: EndpointInfo,
        engine: impl FnOnce(Arc<C>) -> Box<dyn ErasedEngine>,
    ) -> &'a mut EndpointSpec {
        let engine = match self.component {
            Some(component) => engine(component),
            None => Box::new(DescribedOnly),
        };
        self.endpoints.push(EndpointSpec::new(EndpointName::from_static(name), engine, about));
        let last = self.endpoints.len() - 1;
        &mut self.endpoints[last]
    }
}
