//! Engines, the context of a request, and response streams. Independent of the network.

pub(crate) mod any;
pub(crate) mod compose;
pub(crate) mod context;
pub(crate) mod requests;
pub(crate) mod stream;
pub(crate) mod trace;

use std::sync::Arc;

pub use async_trait::async_trait;

pub use crate::engine::any::{AnyEngine, WrongEngine};
pub use crate::engine::compose::{EngineExt, EngineFn, engine_fn};
pub use crate::engine::context::child::ChildContext;
pub use crate::engine::requests::IntoRequests;
pub use crate::engine::trace::Trace;

use crate::engine::context::Context;
use crate::engine::requests::RequestStream;
use crate::engine::stream::ResponseStream;
use crate::error::call::CallError;

/// Turns a request into a response. Handlers, remote endpoints and whole pipelines all implement it.
///
/// The four interaction patterns use [`SingleIn`] or [`ManyIn`] as `Req` and [`SingleOut`] or
/// [`ManyOut`] as `Resp`.
///
/// # Cancel safety
/// Dropping the future of `generate`, or the stream that it returned, cancels the work for that request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `AsyncEngine<{Req}, {Resp}, {E}>` required here",
    label = "expected an engine that turns `{Req}` into `{Resp}`",
    note = "`#[engine]` on a function `reverse` defines the engine `Reverse` with the types of its signature"
)]
#[async_trait]
pub trait AsyncEngine<Req, Resp, E = CallError>: Send + Sync + 'static
where
    Req: Send + 'static,
    Resp: Send + 'static,
    E: Send + 'static,
{
    /// Starts processing `request`. For a stream, the future completes when the stream exists, before
    /// its first item.
    ///
    /// # Errors
    /// If no response can be started; the errors of a stream are items.
    async fn generate(&self, request: Req) -> Result<Resp, E>;
}

#[async_trait]
impl<Req, Resp, E, T> AsyncEngine<Req, Resp, E> for Arc<T>
where
    Req: Send + 'static,
    Resp: Send + 'static,
    E: Send + 'static,
    T: AsyncEngine<Req, Resp, E> + ?Sized,
{
    async fn generate(&self, request: Req) -> Result<Resp, E> {
        (**self).generate(request).await
    }
}

/// A single request.
pub type SingleIn<T> = Context<T>;

/// A stream of requests.
pub type ManyIn<T> = Context<RequestStream<T>>;

/// A single response.
pub type SingleOut<T> = T;

/// A stream of responses.
pub type ManyOut<T> = ResponseStream<T>;
