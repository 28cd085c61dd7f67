//! The layers of one component or client, and the engine below them.

use async_trait::async_trait;

use crate::engine::context::Context;
use crate::engine::{AsyncEngine, SingleIn};
use crate::error::call::CallError;
use crate::layer::erased::{ErasedRequest, ErasedResponse, RequestRest};
use crate::pipeline::edge::Edge;

/// The way through all layers.
pub(crate) type LayerStack = Edge<ErasedRequest, ErasedResponse>;

/// Adds a layer around those that are there.
pub(crate) fn wrap<E>(stack: Option<LayerStack>, layer: impl FnOnce(LayerStack) -> E) -> LayerStack
where
    E: AsyncEngine<SingleIn<ErasedRequest>, ErasedResponse>,
{
    Edge::to(layer(stack.unwrap_or_else(|| Edge::to(Forward))))
}

/// What lies below all layers: the request goes on as it would without them.
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

/// The context to go on with: a branch is the request itself, and anything else was chosen by a layer.
pub(super) fn chosen(original: Context, passed_on: Context) -> Context {
    if passed_on.is_branch_of(&original) { original } else { passed_on }
}
