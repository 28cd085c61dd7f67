//! The client of one component: a type with a method for each endpoint, which `#[component]` makes of a
//! [`Client`].

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;

use crate::address::ids::ComponentId;
use crate::address::names::EndpointName;
use crate::client::handle::Client;
use crate::component::double::Double;
use crate::component::mount::Component;
use crate::discovery::instances::InstanceList;
use crate::error::Result;
use crate::node::DistributedRuntime;
use crate::router::Router;

/// A client that knows which component it calls: the `EchoClient` of an `Echo`.
///
/// `#[component]` implements it, and `#[endpoints]` adds one method for each endpoint to the type. Behind it
/// is a [`Client`], which [`client`](Self::client) gives. The trait is in the [prelude](crate::prelude),
/// which is all that `EchoClient::connect(&runtime)` needs.
///
/// What differs between two clients are three constants:
///
/// ```
/// # use dynamo_sdk::{Call, Client, ComponentClient, ComponentId};
/// #[derive(Clone, Debug)]
/// struct EchoClient(Client);
///
/// impl ComponentClient for EchoClient {
///     const ID: ComponentId = ComponentId::from_static("demo", "echo");
///     const NEW: fn(Client) -> Self = Self;
///     const CLIENT: fn(&Self) -> &Client = |this| &this.0;
/// }
///
/// impl EchoClient {
///     fn say(&self, text: String) -> Call<String, String> {
///         self.0.call("say", text)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the client of a component",
    label = "this type was not made by `#[component]`",
    note = "`#[component]` on a type `Echo`, or on a trait, makes the client `EchoClient`"
)]
pub trait ComponentClient: Clone + fmt::Debug + Sized + Send + Sync + 'static {
    /// The component that is called.
    const ID: ComponentId;

    /// Makes this type of a client.
    const NEW: fn(Client) -> Self;

    /// The client that it was made of.
    const CLIENT: fn(&Self) -> &Client;

    /// The methods of this type for `client`, which may call anything: that it calls [`ID`](Self::ID) is not
    /// checked.
    #[must_use]
    fn new(client: Client) -> Self {
        Self::NEW(client)
    }

    /// The same client without names and types.
    #[must_use]
    fn client(&self) -> &Client {
        Self::CLIENT(self)
    }

    /// Finds the component through `runtime`. Returns when its instances are known; there may be none.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`](crate::error::ErrorKind::Unreachable) if discovery cannot be read within
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

    /// The same client, which picks instances with `router`; every endpoint gets a [fresh](Router::fresh)
    /// one.
    #[must_use]
    fn with_router(&self, router: impl Router) -> Self {
        Self::new(self.client().with_router(router))
    }

    /// Waits until `n` processes serve the component; see [`Client::wait_ready`].
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`](crate::error::ErrorKind::TimedOut) after `timeout`;
    /// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) at once where no second process can appear.
    ///
    /// # Cancel safety
    /// Cancel safe.
    fn wait_ready(&self, n: usize, timeout: Duration) -> impl Future<Output = Result<()>> + Send {
        self.client().wait_ready(n, timeout)
    }

    /// Who serves an endpoint right now.
    #[must_use]
    fn instances(&self, endpoint: &EndpointName) -> InstanceList {
        self.client().instances(endpoint)
    }

    /// The list of an endpoint, to be followed: it holds the current list, and tells when there is another.
    #[must_use]
    fn watch(&self, endpoint: &EndpointName) -> watch::Receiver<InstanceList> {
        self.client().watch(endpoint)
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
