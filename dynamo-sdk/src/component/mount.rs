//! What the generated `mount` of a component calls, one statement for each endpoint.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use futures::TryStreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::hooks::{Hooks, Verdict};
use super::spec::EndpointSpec;
use crate::describe::{About, Description, Shape};
use crate::distributed::DistributedRuntime;
use crate::engine::wire::{Absent, StreamWire, UnaryWire, WireEngine};
use crate::engine::{AsyncEngine, Context, ManyOut, Output, ResponseStream, SingleIn, SingleOut, generate};
use crate::error::{CallError, EndpointError};
use crate::events::Event;
use crate::events::listen::{Handled, ListenSpec};
use crate::names::{ComponentId, EndpointName};

/// A type whose methods are endpoints. `#[endpoints]` on its `impl` block implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no endpoints",
    label = "this component has no `impl` block with `#[endpoints]`",
    note = "write `#[endpoints]` on the `impl` block and `#[endpoint]` on its methods"
)]
pub trait Endpoints: Sized + Send + Sync + 'static {
    /// Lists the endpoints. Generated.
    fn mount(endpoints: &mut Mount<Self>)
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
pub trait Component: Endpoints {
    /// Its place in the address space.
    const ID: ComponentId;

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

/// A type that can arrive over the wire: any that implements `serde::Deserialize` and owns its data.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be decoded from the wire",
    label = "this type needs `serde::Deserialize`",
    note = "add `#[derive(serde::Deserialize)]` to it; it must also be `Send` and own its data",
    note = "the last argument of an endpoint is its request; a `Context` comes before one: `(&self, cx: Context, request: ())`"
)]
pub trait Decode: DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> Decode for T {}

/// A type that can be sent over the wire: any that implements `serde::Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be encoded for the wire",
    label = "this type needs `serde::Serialize`",
    note = "add `#[derive(serde::Serialize)]` to it; it must also be `Send` and own its data",
    note = "if it is an alias of a stream type, write `#[endpoint(stream)]`"
)]
pub trait Encode: Serialize + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + 'static> Encode for T {}

/// The error of an endpoint: any that converts into `EndpointError`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not convert into `EndpointError`",
    label = "the caller cannot be told this error",
    note = "write `impl From<{Self}> for EndpointError`, or return an `EndpointError`"
)]
pub trait Failure: Into<EndpointError> {}

#[diagnostic::do_not_recommend]
impl<E: Into<EndpointError>> Failure for E {}

/// The endpoints of a component, as its `mount` lists them.
pub struct Mount<C> {
    /// Nothing if the endpoints are only described.
    component: Option<Arc<C>>,
    pub(crate) endpoints: Vec<EndpointSpec>,
    pub(crate) hooks: Hooks,
}

impl<C> fmt::Debug for Mount<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.endpoints).finish()
    }
}

impl<C: Component> Mount<C> {
    pub(crate) fn of(component: C) -> Self {
        let mut mount =
            Self { component: Some(Arc::new(component)), endpoints: Vec::new(), hooks: Hooks::default() };
        C::mount(&mut mount);
        mount
    }

    /// The endpoints without the component, to be described and not to be called.
    pub(crate) fn described() -> Vec<EndpointSpec> {
        let mut mount = Self { component: None, endpoints: Vec::new(), hooks: Hooks::default() };
        C::mount(&mut mount);
        mount.endpoints
    }
}

impl<C: Send + Sync + 'static> Mount<C> {
    /// An endpoint of one response.
    pub fn unary<Req, Resp, E, Fut>(
        &mut self,
        name: &'static str,
        handler: fn(Arc<C>, Context, Req) -> Fut,
    ) -> &mut EndpointSpec
    where
        Req: Decode,
        Resp: Encode,
        E: Failure + 'static,
        Fut: Future<Output = Result<Resp, E>> + Send + 'static,
    {
        self.add(name, About::new::<Req, Resp>(Shape::Unary), |component| {
            let engine = UnaryHandler { component, handler, error: PhantomData };
            Box::new(UnaryWire::<Req, Resp>(Arc::new(engine)))
        })
    }

    /// An endpoint of a stream of responses.
    pub fn stream<Req, Item, Fut>(
        &mut self,
        name: &'static str,
        handler: fn(Arc<C>, Context, Req, Output<Item>) -> Fut,
    ) -> &mut EndpointSpec
    where
        Req: Decode,
        Item: Encode,
        Fut: Future<Output = Result<(), EndpointError>> + Send + 'static,
    {
        self.add(name, About::new::<Req, Item>(Shape::Stream), |component| {
            let engine = StreamHandler { component, handler };
            Box::new(StreamWire::<Req, Item>(Arc::new(engine)))
        })
    }

    /// Runs `hook` before the component is registered. Its error is that of serving the component.
    pub fn on_start<Fut>(&mut self, hook: fn(Arc<C>, DistributedRuntime) -> Fut)
    where
        Fut: Future<Output: Verdict> + Send + 'static,
    {
        if let Some(component) = &self.component {
            self.hooks.on_start(component, hook);
        }
    }

    /// Runs `hook` after the last call, for at most `DYN_SDK_SHUTDOWN_GRACE_SECS`. Only what has started is stopped.
    pub fn on_stop<Fut>(&mut self, hook: fn(Arc<C>) -> Fut)
    where
        Fut: Future<Output = ()> + Send + 'static,
    {
        if let Some(component) = &self.component {
            self.hooks.on_stop(component, hook);
        }
    }

    /// Asks `hook` how the component is, every `DYN_CANARY_WAIT_TIME`.
    pub fn health<Fut>(&mut self, hook: fn(Arc<C>) -> Fut)
    where
        Fut: Future<Output: Verdict> + Send + 'static,
    {
        if let Some(component) = &self.component {
            self.hooks.health(component, hook);
        }
    }

    /// Hands the events of `topic` to `handler` for as long as the component is served, one after the other.
    pub fn subscribe<T, Fut>(
        &mut self,
        topic: &'static str,
        handler: fn(Arc<C>, Event<T>) -> Fut,
    ) -> &mut ListenSpec
    where
        T: Decode,
        Fut: Future<Output: Handled> + Send + 'static,
    {
        self.hooks.listeners.add(ListenSpec::new(topic, self.component.clone(), handler))
    }

    fn add(
        &mut self,
        name: &'static str,
        about: About,
        engine: impl FnOnce(Arc<C>) -> Box<dyn WireEngine>,
    ) -> &mut EndpointSpec {
        let engine = match &self.component {
            Some(component) => engine(Arc::clone(component)),
            None => Box::new(Absent),
        };
        self.endpoints.push(EndpointSpec::new(EndpointName::from_static(name), engine, about));
        let last = self.endpoints.len() - 1;
        &mut self.endpoints[last]
    }
}

/// A handler of one response as an engine.
struct UnaryHandler<C, Req, E, Fut> {
    component: Arc<C>,
    handler: fn(Arc<C>, Context, Req) -> Fut,
    error: PhantomData<fn() -> E>,
}

#[async_trait]
impl<C, Req, Resp, E, Fut> AsyncEngine<SingleIn<Req>, SingleOut<Resp>> for UnaryHandler<C, Req, E, Fut>
where
    C: Send + Sync + 'static,
    Req: Send + 'static,
    Resp: Send + 'static,
    E: Into<EndpointError> + 'static,
    Fut: Future<Output = Result<Resp, E>> + Send + 'static,
{
    async fn generate(&self, request: SingleIn<Req>) -> Result<Resp, CallError> {
        let (request, cx) = request.into_parts();
        (self.handler)(Arc::clone(&self.component), cx, request)
            .await
            .map_err(|error| CallError::Endpoint(error.into()))
    }
}

/// A handler of a stream as an engine.
struct StreamHandler<C, Req, Item, Fut> {
    component: Arc<C>,
    handler: fn(Arc<C>, Context, Req, Output<Item>) -> Fut,
}

#[async_trait]
impl<C, Req, Item, Fut> AsyncEngine<SingleIn<Req>, ManyOut<Item>> for StreamHandler<C, Req, Item, Fut>
where
    C: Send + Sync + 'static,
    Req: Send + 'static,
    Item: Send + 'static,
    Fut: Future<Output = Result<(), EndpointError>> + Send + 'static,
{
    async fn generate(&self, request: SingleIn<Req>) -> Result<ManyOut<Item>, CallError> {
        let (request, cx) = request.into_parts();
        let (component, handler, handler_cx) = (Arc::clone(&self.component), self.handler, cx.clone());
        let items = generate(move |out| handler(component, handler_cx, request, out)).await?;
        Ok(ResponseStream::new(items.map_err(CallError::Endpoint), cx))
    }
}
