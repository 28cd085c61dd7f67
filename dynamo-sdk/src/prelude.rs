//! The names that the file of a component uses.

pub use crate::component::mount::Component;
pub use crate::component::{Client, ComponentClient, Double, Serving};
pub use crate::engine::{
    AsyncEngine, CancelCause, Context, ManyIn, ManyOut, RequestStream, ResponseStream, SingleIn, SingleOut,
};
pub use crate::error::{CallError, EndpointError, ErrorClass, Result};
pub use crate::events::{Event, EventPublisher, EventSubscription};
pub use crate::pipeline::{Edge, Operator};
pub use crate::{DistributedRuntime, InstanceId};
pub use async_trait::async_trait;
#[cfg(feature = "macros")]
pub use dynamo_macros::{
    client, component, endpoint, endpoints, engine, health, on_start, on_stop, operator, subscribe,
};
pub use futures::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
