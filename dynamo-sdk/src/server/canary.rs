//! Canaries: calls of a process to its own endpoints that check their health.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde::de::IgnoredAny;

use crate::client::response::{ItemLimits, TypedResponse};
use crate::clock::from_now;
use crate::engine::context::Context;
use crate::engine::context::Identity;
use crate::error::call::kind::CallErrorKind;
use crate::error::chain::chain;
use crate::node::DistributedRuntime;
use crate::service::spec::CanaryRequest;
use crate::transport::request::{Request, RequestBody};
use crate::wire::instance::Instance;

/// Calls an endpoint of this process over its transport, as another process would.
///
/// # Errors
/// The reason why the call failed.
pub(super) async fn call(
    runtime: DistributedRuntime,
    target: Arc<Instance>,
    request: CanaryRequest,
    id: String,
    limit: Duration,
) -> Result<(), String> {
    let body = request(target.codec)?;
    let cx = Context::root(Identity { id, deadline: Some(from_now(limit)), ..Identity::default() });
    let (input, first_item) = (RequestBody::One(body), Some(limit));
    let outgoing = Request { target: Arc::clone(&target), cx: cx.clone(), input, first_item };
    let response = match runtime.plane().call(outgoing).await {
        Ok(response) => response,
        // A busy endpoint is alive, so `Overloaded` passes.
        Err(error) if matches!(error.kind(), CallErrorKind::Overloaded { .. }) => return Ok(()),
        Err(error) => return Err(chain(&error.at(&target.endpoint, target.id))),
    };
    let limits = ItemLimits::new(limit, limit);
    let mut items = TypedResponse::<IgnoredAny>::new(response, target, cx, limits, Some(limit));
    while let Some(item) = items.next().await {
        item.map_err(|error| chain(&error))?;
    }
    Ok(())
}
