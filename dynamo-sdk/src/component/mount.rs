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

    /// The address of the component.
    const ID: ComponentId = <Self::Client as ComponentClient>::ID;

    /// The doc comment of the type.
    const DOCS: &'static str = "";

    /// The components that it calls: those of its `#[client]` fields, in declaration order.
    const DEPENDENCIES: &'static [ComponentId] = &[];

    /// Returns the components that it calls.
    #[must_use]
    fn dependencies() -> &'static [ComponentId] {
        Self::DEPENDENCIES
    }

    /// Describes the endpoints as data, without an instance and without running code of the component.
    #[must_use]
    fn describe() -> Description {
        Description::of::<Self>()
    }
}

/// The endpoint list that the `mount` of a component fills.
///
/// The list names the client, and its methods do not require [`Component`]: for a type that is not a
/// component, the compiler then reports only the missing client, and no errors for the statements inside
/// `mount`.
pub type Mount<C> = EndpointList<C, <C as Component>::Client>;

impl<C: Component> Mount<C> {
    /// Mounts the endpoints of `component`.
    pub(crate) fn of(component: Arc<C>) -> Self {
        Self::mounted(Self::new(Some(component)))
    }

    /// Lists the endpoints for a description, without a component to call.
    pub(crate) fn described() -> Self {
        Self::mounted(Self::new(None))
    }

    fn mounted(mut list: Self) -> Self {
        C::mount(&mut list);
        list
    }
}
