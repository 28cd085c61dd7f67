//! The names that the file of a component uses.

pub use crate::component::{Client, Serving};
pub use crate::engine::{CancelCause, Context, ResponseStream};
pub use crate::error::{CallError, EndpointError, ErrorClass, Result};
pub use crate::events::{Event, EventPublisher, EventSubscription};
pub use crate::{DistributedRuntime, InstanceId};
#[cfg(feature = "macros")]
pub use crate::{client, component, endpoint, endpoints, health, on_start, on_stop};
pub use futures::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
