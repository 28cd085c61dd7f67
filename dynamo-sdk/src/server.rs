//! Serving a component: its lifecycle from registration to drain, its health, and the handle that reports
//! both.

pub(crate) mod canary;
pub(crate) mod drain;
pub(crate) mod health;
#[cfg(feature = "tower")]
pub(crate) mod layered;
pub(crate) mod lifecycle;
pub(crate) mod monitor;
pub(crate) mod serve;
pub(crate) mod serving;
pub(crate) mod startup;
pub(crate) mod state;

pub use crate::component::listener::counts::{Listener, ListenerCounts};
pub use crate::server::health::{EndpointHealth, Health};
pub use crate::server::serve::Serve;
pub use crate::server::state::ServingState;
