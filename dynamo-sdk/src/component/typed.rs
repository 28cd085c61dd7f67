//! The client of one component: a type with a method for each endpoint, which `#[component]` makes of a [`Client`].

use std::fmt;
use std::future::Future;
use std::ops::Deref;

use super::mount::Component;
use super::{Client, Double};
use crate::distributed::DistributedRuntime;
use crate::error::Result;
use crate::names::ComponentId;
use crate::router::Router;

/// A client that knows which component it calls: the `EchoClient` of an `Echo`.
///
/// `#[component]` implements it, and `#[endpoints]` adds one method for each endpoint to the type. Behind it is a
/// [`Client`], whose methods are its own by `Deref`: `echo.wait_ready(…)`, `echo.component()`. The trait is in the
/// [prelude](crate::prelude), which is all that `EchoClient::connect(&runtime)` needs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the client of a component",
    label = "this type was not made by `#[component]`",
    note = "`#[component]` on a type `Echo`, or on a trait, makes the client `EchoClient`"
)]
pub trait ComponentClient:
    Deref<Target = Client> + Clone + fmt::Debug + Sized + Send + Sync + 'static
{
    /// The component that is called.
    const ID: ComponentId;

    /// The methods of this type for `client`, which may call anything: that it calls [`ID`](Self::ID) is not checked.
    #[must_use]
    fn new(client: Client) -> Self;

    /// Finds the component through `runtime`. Returns when its instances are known; there may be none.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`](crate::ErrorKind::Unreachable) if discovery cannot be read within
    /// `DYN_SDK_INSTANCE_WAIT_SECS`.
    ///
    /// # Cancel safety
    /// Cancel safe.
    fn connect(runtime: &DistributedRuntime) -> impl Future<Output = Result<Self>> + Send {
        async { Client::connect(runtime, Self::ID).await.map(Self::new) }
    }

    /// Calls `component` itself, without a runtime; see [`Client::local`].
    #[must_use]
    fn local<C: Component<Client = Self>>(component: C) -> Self {
        Self::new(Client::local(component))
    }

    /// Calls engines made by hand; see [`Double`].
    #[must_use]
    fn from_engine(double: Double) -> Self {
        Self::new(Client::from_engine(Self::ID, double))
    }

    /// The same client, which picks instances with `router`; every endpoint gets a [fresh](Router::fresh) one.
    #[must_use]
    fn with_router(&self, router: impl Router) -> Self {
        Self::new(Client::with_router(self, router))
    }
}

/// The identity that a client has, of its two names.
///
/// # Panics
/// If one of them is not valid.
#[must_use]
#[track_caller]
pub const fn id(namespace: &'static str, component: &'static str) -> ComponentId {
    ComponentId::from_static(namespace, component)
}

/// The identity of a client, for a constant that the compiler evaluates: one in an `impl` of a trait waits for its first
/// use, and with it the check of the names.
#[must_use]
pub const fn id_of<C: ComponentClient>() -> ComponentId {
    C::ID
}
