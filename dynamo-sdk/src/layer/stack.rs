//! The layers of one component or client, and the engine below them.

use async_trait::async_trait;

use crate::engine::context::Context;
use crate::engine::{AsyncEngine, SingleIn};
use crate::error::call::CallError;
use crate::layer::erased::{ErasedRequest, ErasedResponse, RequestRest};
use crate::pipeline::edge::Edge;

/// All layers, and the engine below them.
pub(crate) type LayerStack = Edge<ErasedRequest, ErasedResponse>;

/// Wraps the stack in another layer.
pub(crate) fn wrap<E>(stack: Option<LayerStack>, layer: impl FnOnce(LayerStack) -> E) -> LayerStack
where
    E: AsyncEngine<SingleIn<ErasedRequest>, ErasedResponse>,
{
    Edge::to(layer(stack.unwrap_or_else(|| Edge::to(Forward))))
}

/// The innermost engine: continues the request as without layers.
struct Forward;

#[async_trait]
impl AsyncEngine<SingleIn<ErasedRequest>, ErasedResponse> for Forward {
    async fn generate(&self, request: SingleIn<ErasedRequest>) -> Result<ErasedResponse, CallError> {
        let (request, cx) = request.into_parts();
        match request.rest {
            RequestRest::Service(rest) => rest.forward(cx).await,
            RequestRest::Client(rest) => rest.forward(cx).await,
        }
    }
}

/// Picks the context to continue with: a branch stands for the original request, anything else was set by a
/// layer.
pub(super) fn chosen(original: Context, passed_on: Context) -> Context {
    if passed_on.is_branch_of(&original) { original } else { passed_on }
}
