//! What users name: namespaces, components, endpoints, instances; serving and calling them.

#[doc(hidden)]
pub mod bridge;
pub(crate) mod contract;
pub(crate) mod double;
pub(crate) mod handler;
pub(crate) mod hooks;
pub(crate) mod listen;
pub(crate) mod mount;
pub(crate) mod parts;
pub(crate) mod typed;

pub(crate) use crate::client::call::CallOptions;
pub use crate::client::call::{Call, StreamCall};
pub use crate::client::handle::Client;
pub use crate::client::outbound::Payload;
pub use crate::component::double::Double;
pub use crate::component::typed::ComponentClient;
pub use crate::discovery::instances::InstanceList;
pub use crate::handles::namespace::{ComponentHandle, EndpointHandle, Namespace};
pub use crate::server::health::{EndpointHealth, Health};
pub use crate::server::serve::{Serve, Serving, ServingState};
pub use crate::wire::instance::{Instance, Transport};
