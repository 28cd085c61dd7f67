//! The edge between two nodes.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use crate::engine::AsyncEngine;
use crate::engine::context::Context;
use crate::error::call::CallError;

/// The downstream of a node: an engine whose composition and location are hidden. Clones lead to the
/// same engine.
pub struct Edge<In, Out> {
    to: Arc<dyn AsyncEngine<Context<In>, Out>>,
}

impl<In, Out> Edge<In, Out>
where
    In: Send + 'static,
    Out: Send + 'static,
{
    /// Creates an edge to `engine`.
    pub fn to(engine: impl AsyncEngine<Context<In>, Out>) -> Self {
        Self { to: Arc::new(engine) }
    }

    /// Passes the request downstream and waits for the response; for a stream, until the stream exists.
    ///
    /// Downstream nodes work in a [branch](Context::branch) of the request: it is cancelled with the
    /// request, and dropping its response cancels only the branch. An operator can therefore call
    /// downstream several times, in sequence or concurrently.
    ///
    /// # Errors
    /// That of the first downstream node whose failure was not handled.
    ///
    /// # Cancel safety
    /// Dropping the future drops the downstream work.
    pub fn generate<'a>(
        &'a self,
        request: Context<In>,
    ) -> Pin<Box<dyn Future<Output = Result<Out, CallError>> + Send + 'a>> {
        self.to.generate(request.branch())
    }
}

#[async_trait]
impl<In, Out> AsyncEngine<Context<In>, Out> for Edge<In, Out>
where
    In: Send + 'static,
    Out: Send + 'static,
{
    async fn generate(&self, request: Context<In>) -> Result<Out, CallError> {
        Self::generate(self, request).await
    }
}

impl<In, Out> Clone for Edge<In, Out> {
    fn clone(&self) -> Self {
        Self { to: Arc::clone(&self.to) }
    }
}

impl<In, Out> fmt::Debug for Edge<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}
