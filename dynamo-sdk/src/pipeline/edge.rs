//! The way from one node to the next.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use crate::engine::AsyncEngine;
use crate::engine::context::Context;
use crate::error::call::CallError;

/// The way from a node of a pipeline to the rest of it: an engine that knows neither what it is made of nor where it runs.
/// Clones lead to the same place.
pub struct Edge<In, Out> {
    to: Arc<dyn AsyncEngine<Context<In>, Out>>,
}

impl<In, Out> Edge<In, Out>
where
    In: Send + 'static,
    Out: Send + 'static,
{
    /// An edge to `engine`.
    pub fn to(engine: impl AsyncEngine<Context<In>, Out>) -> Self {
        Self { to: Arc::new(engine) }
    }

    /// Hands the request on and waits for the response; for a stream, until it exists.
    ///
    /// What is below works in a [branch](Context::branch) of the request: it is cancelled with the request, and giving up
    /// its response ends it alone. So an operator may call on twice, at the same time or one after the other.
    ///
    /// # Errors
    /// That of the first node below that failed and was not helped.
    ///
    /// # Cancel safety
    /// Dropping the future drops the work below.
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
