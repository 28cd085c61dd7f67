//! The names that the file of a component uses.

pub use crate::component::{Client, Serving};
pub use crate::engine::{AsyncEngine, CancelCause, Context, ManyOut, ResponseStream, SingleIn, SingleOut};
pub use crate::error::{CallError, EndpointError, ErrorClass, Result};
pub use crate::{DistributedRuntime, InstanceId};
#[cfg(feature = "macros")]
pub use crate::{client, component, endpoint, endpoints, health, on_start, on_stop};
pub use async_trait::async_trait;
pub use futures::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
