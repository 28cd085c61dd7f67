//! What runs: engines, the context of one request, the stream of its responses. No network.

pub(crate) mod any;
pub(crate) mod compose;
pub(crate) mod context;
pub(crate) mod requests;
pub(crate) mod stream;
pub(crate) mod trace;

use std::sync::Arc;

use async_trait::async_trait;

pub use crate::engine::any::{AnyEngine, WrongEngine};
pub use crate::engine::compose::{EngineExt, EngineFn, engine_fn};
pub use crate::engine::context::Context;
pub use crate::engine::context::child::ChildContext;
pub use crate::engine::requests::{IntoRequests, RequestStream};
pub use crate::engine::stream::ResponseStream;
pub use crate::engine::trace::Trace;
pub use crate::error::cancel::CancelCause;

use crate::error::call::CallError;

/// Turns a request into a response. Everything that answers is one: a handler, a remote endpoint, a whole pipeline.
///
/// The four shapes are [`SingleIn`] or [`ManyIn`] as `Req` and [`SingleOut`] or [`ManyOut`] as `Resp`.
///
/// # Cancel safety
/// Dropping the future of `generate`, or the stream that it returned, ends the work for that request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: it is no engine from `{Req}` to `{Resp}` with the error `{E}`",
    label = "what comes here is a `{Req}`, and a `{Resp}` is wanted",
    note = "`#[engine]` on a function `reverse` makes the engine `Reverse`, which answers with the types of that function"
)]
#[async_trait]
pub trait AsyncEngine<Req, Resp, E = CallError>: Send + Sync + 'static
where
    Req: Send + 'static,
    Resp: Send + 'static,
    E: Send + 'static,
{
    /// Starts to answer `request`. For a stream, the future ends when the stream exists, before its first item.
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

/// One request.
pub type SingleIn<T> = Context<T>;

/// A stream of requests.
pub type ManyIn<T> = Context<RequestStream<T>>;

/// One response.
pub type SingleOut<T> = T;

/// A stream of responses.
pub type ManyOut<T> = ResponseStream<T>;
