//! `tower` layers around a client.

use tower_layer::Layer;
use tower_service::Service;

use crate::client::handle::Client;
use crate::engine::context::Context;
use crate::error::BoxError;
use crate::layer::erased::{ErasedRequest, ErasedResponse};
use crate::pipeline::layer::{EngineService, ServiceEngine, call_error};

impl Client {
    /// Wraps every attempt of every call in a `tower` layer, or in a `ServiceBuilder` of several. See
    /// [`layer`](crate::layer) for what a layer sees, and [`wrap`](Self::wrap) for layers without `tower`.
    ///
    /// An error other than [`CallError`](crate::CallError) and [`EndpointError`](crate::EndpointError)
    /// becomes one of class `Internal`.
    #[must_use]
    pub fn layer<L>(&self, layer: L) -> Self
    where
        L: Layer<EngineService<ErasedRequest, ErasedResponse>>,
        L::Service: Service<Context<ErasedRequest>, Response = ErasedResponse, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + 'static,
    {
        self.wrap(|next| ServiceEngine::with(layer.layer(EngineService::new(next)), call_error))
    }
}
