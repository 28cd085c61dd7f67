//! The names that a file defining or calling a component needs.

pub use crate::address::ids::InstanceId;
pub use crate::client::handle::Client;
pub use crate::component::double::Double;
pub use crate::component::mount::Component;
pub use crate::component::typed_client::ComponentClient;
pub use crate::engine::context::Context;
pub use crate::engine::requests::RequestStream;
pub use crate::engine::stream::ResponseStream;
pub use crate::engine::{AsyncEngine, ManyIn, ManyOut, SingleIn, SingleOut};
pub use crate::error::Result;
pub use crate::error::call::CallError;
pub use crate::error::cancel::CancelCause;
pub use crate::error::endpoint::EndpointError;
pub use crate::error::endpoint::class::ErrorClass;
pub use crate::events::publisher::EventPublisher;
pub use crate::events::subscription::{Event, EventSubscription};
pub use crate::node::DistributedRuntime;
pub use crate::pipeline::edge::Edge;
pub use crate::pipeline::operator::Operator;
pub use crate::server::serving::Serving;
pub use async_trait::async_trait;
#[cfg(feature = "macros")]
pub use dynamo_macros::{
    client, component, endpoint, endpoints, engine, health, on_start, on_stop, operator, subscribe,
};
pub use futures::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
