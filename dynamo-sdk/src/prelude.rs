//! The names that a component's file needs.

pub use crate::component::mount::Component;
pub use crate::component::typed_client::ComponentClient;
pub use crate::engine::context::Context;
pub use crate::engine::requests::RequestStream;
pub use crate::engine::stream::ResponseStream;
pub use crate::error::Result;
pub use crate::error::call::CallError;
pub use crate::error::endpoint::EndpointError;
pub use crate::error::endpoint::class::ErrorClass;
pub use crate::events::subscription::Event;
pub use crate::node::DistributedRuntime;
pub use crate::server::serving::Serving;
#[cfg(feature = "macros")]
pub use dynamo_macros::{component, endpoint, endpoints};
pub use futures::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
