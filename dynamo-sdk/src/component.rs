//! What users name: namespaces, components, endpoints, instances; serving and calling them.

mod apart;
pub(crate) mod call;
mod cancellation;
mod client;
pub(crate) mod contract;
pub(crate) mod directory;
mod double;
pub(crate) mod gate;
pub(crate) mod handler;
mod handles;
pub(crate) mod hooks;
mod instance;
pub(crate) mod mount;
pub(crate) mod outbound;
pub(crate) mod parts;
pub(crate) mod registry;
mod repeat;
mod response;
pub(crate) mod segment;
pub(crate) mod serve;
pub(crate) mod served;
#[doc(hidden)]
pub mod shape;
pub(crate) mod spec;
pub(crate) mod typed;
pub(crate) mod vitals;

pub(crate) use call::CallOptions;
pub use call::{Call, StreamCall};
pub use client::Client;
pub use directory::InstanceList;
pub use double::Double;
pub use handles::{ComponentHandle, EndpointHandle, Namespace};
pub use instance::{Instance, Transport};
pub use outbound::Payload;
pub use serve::{Serve, Serving, ServingState};
pub use typed::ComponentClient;
pub use vitals::{EndpointHealth, Health};
