#![doc = "stub"]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod backoff;
mod codec;
pub mod component;
mod config;
pub mod discovery;
mod distributed;
pub mod engine;
mod error;
#[cfg(feature = "logging")]
pub mod logging;
mod names;
mod net;
mod plane;
pub mod prelude;
pub mod router;
mod runtime;

pub use codec::Codec;
pub use component::mount::{Component, Endpoints};
pub use component::{Call, Client, Instance, Serving, StreamCall};
pub use config::{Config, ConfigBuilder, DiscoveryBackend, RequestPlane, Secret};
pub use distributed::{DistributedRuntime, LocalCluster};
#[cfg(feature = "macros")]
pub use dynamo_macros::{component, endpoint, endpoints, main, test};
pub use engine::{AsyncEngine, Context, ResponseStream};
pub use error::{
    BoxError, CallError, EndpointError, Error, ErrorClass, ErrorKind, PublicDetail, Reason, Result, Stage,
};
pub use names::{
    ComponentId, ComponentName, EndpointId, EndpointName, InstanceId, MAX_NAME_LEN, NamespaceName,
};
pub use runtime::Runtime;
