//! Serving a component: its life from registration to drain, its health, and what it reports of itself.

pub(crate) mod health;
pub(crate) mod serve;
pub(crate) mod status;

pub use crate::component::listener::{Listener, ListenerCounts};
pub use crate::server::health::{EndpointHealth, Health};
pub use crate::server::serve::{Serve, Serving, ServingState};
