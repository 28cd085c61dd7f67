//! Layers: middleware around every call of a client or every request of a served component.
//!
//! A layer sees requests and responses in encoded form, so that one layer serves all endpoints whatever their
//! types. Both sides use the service type of [pipelines](crate::pipeline). With the feature `tower`, a layer
//! is a `tower::Layer` over `EngineService<ErasedRequest, ErasedResponse>`, installed with
//! [`Serve::layer`](crate::server::Serve) or [`Client::layer`](crate::Client). Without it, a layer is a
//! function from one engine to another, installed with [`Serve::wrap`](crate::server::Serve::wrap) or
//! [`Client::wrap`](crate::Client::wrap).
//!
//! - The layer installed last is the outermost. All endpoints of a component share its layers, and so their
//!   limits. Put `tower` layers that depend on the readiness of inner ones, such as `load_shed`, into one
//!   `ServiceBuilder` with them.
//! - A call with a single request stays inside the layer until its first item or its end; a call with a
//!   request stream until its handler has started. Later items bypass the layer. A handler's error is an
//!   item.
//! - Around a client, a layer sees every attempt. Around a component, it runs after admission control.
//! - An error of a layer fails the call. From either side, an [`EndpointError`](crate::EndpointError) reaches
//!   the caller unchanged.
//! - Dropping the inner future or the response cancels the request.
//! - To change metadata, pass on a [child](crate::Context::child) of the context:
//!
//! ```
//! use dynamo_sdk::engine::{ChildContext, SingleIn};
//! use dynamo_sdk::layer::{ErasedRequest, ErasedResponse};
//! use dynamo_sdk::pipeline::Edge;
//! use dynamo_sdk::engine::{AsyncEngine, async_trait};
//! use dynamo_sdk::prelude::*;
//!
//! struct Tenant(Edge<ErasedRequest, ErasedResponse>);
//!
//! #[async_trait]
//! impl AsyncEngine<SingleIn<ErasedRequest>, ErasedResponse> for Tenant {
//!     async fn generate(&self, request: SingleIn<ErasedRequest>) -> Result<ErasedResponse, CallError> {
//!         let mut changes = ChildContext { id: Some(request.id().to_owned()), ..ChildContext::default() };
//!         changes.metadata.insert("tenant".into(), "blue".into());
//!         let cx = request.child(changes);
//!         let (request, _) = request.into_parts();
//!         self.0.generate(cx.with(request)).await
//!     }
//! }
//!
//! # #[component(namespace = "demo")] struct Echo;
//! # #[endpoints] impl Echo {
//! #     #[endpoint]
//! #     async fn tenant(&self, cx: Context, _request: ()) -> String { cx.metadata()["tenant"].clone() }
//! # }
//! # fn main() -> Result<()> {
//! # let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! # tokio.block_on(async {
//! let runtime = DistributedRuntime::in_memory()?;
//! runtime.serve(Echo).wrap(Tenant).start().await?.detach();
//! assert_eq!(EchoClient::connect(&runtime).await?.tenant(()).await?, "blue");
//! # runtime.shutdown().await;
//! # Ok(()) }) }
//! ```

pub(crate) mod client;
pub(crate) mod erased;
pub(crate) mod service;
pub(crate) mod stack;

pub use crate::layer::erased::{ErasedRequest, ErasedResponse};
