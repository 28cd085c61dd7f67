//! The traits of a component, and the list of endpoints that its `mount` fills.

use std::sync::Arc;

use crate::address::ids::ComponentId;
use crate::component::endpoint_list::EndpointList;
use crate::component::typed_client::ComponentClient;
use crate::describe::Description;

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
    /// The client that calls it.
    type Client: ComponentClient;

    /// Its address.
    const ID: ComponentId = <Self::Client as ComponentClient>::ID;

    /// Its doc comment.
    const DOCS: &'static str = "";

    /// The components that it calls: those of its `#[client]` fields, in their order.
    const DEPENDENCIES: &'static [ComponentId] = &[];

    /// The components that it calls.
    #[must_use]
    fn dependencies() -> &'static [ComponentId] {
        Self::DEPENDENCIES
    }

    /// Describes its endpoints as data. Needs no instance and runs nothing.
    #[must_use]
    fn describe() -> Description {
        Description::of::<Self>()
    }
}

/// The list that the `mount` of a component fills.
///
/// The list names the client, and its methods do not ask for a [`Component`]: for a type that is no
/// component, the missing client is the one error that the compiler then reports, and it says nothing about
/// the statements inside `mount`.
pub type Mount<C> = EndpointList<C, <C as Component>::Client>;

impl<C: Component> Mount<C> {
    /// The endpoints of `component`.
    pub(crate) fn of(component: Arc<C>) -> Self {
        Self::mounted(Self::new(Some(component)))
    }

    /// The endpoints without a component, to be described and not to be called.
    pub(crate) fn described() -> Self {
        Self::mounted(Self::new(None))
    }

    fn mounted(mut list: Self) -> Self {
        C::mount(&mut list);
        list
    }
}
