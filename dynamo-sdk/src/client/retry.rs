//! Calls that may be made more than once: up to where, and after which failures.

use std::future::Future;

use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use serde::de::DeserializeOwned;

use crate::address::ids::InstanceId;
use crate::client::call::gone;
use crate::client::handle::Target;
use crate::client::response::TypedResponse;
use crate::discovery::instances::InstanceList;
use crate::error::call::{CallError, Stage};
use crate::error::endpoint::class::ErrorClass;

/// Waits for the first item, so that a failure before it can be told from one behind it.
pub(crate) async fn first<Resp: DeserializeOwned + Send + 'static>(
    mut items: TypedResponse<Resp>,
) -> Result<BoxStream<'static, Result<Resp, CallError>>, CallError> {
    let first = items.next().await.transpose()?;
    Ok(stream::iter(first.map(Ok)).chain(items).boxed())
}

/// The same, unless `loss` comes before it.
pub(crate) async fn first_unless<Resp: DeserializeOwned + Send + 'static>(
    items: TypedResponse<Resp>,
    loss: impl Future<Output = CallError>,
) -> Result<BoxStream<'static, Result<Resp, CallError>>, CallError> {
    tokio::select! {
        biased;
        items = first(items) => items,
        loss = loss => Err(loss),
    }
}

/// Resolves once an instance has left discovery and there is one that was not `tried`. As long as there is none, an
/// instance that leaves in order is worth waiting for.
pub(crate) async fn replaced(target: &Target, instance: InstanceId, tried: &[InstanceId]) -> CallError {
    let mut list = target.list.clone();
    loop {
        gone(target, instance).await;
        let others = |list: &InstanceList| {
            list.get(instance).is_some() || list.instances.iter().any(|other| !tried.contains(&other.id))
        };
        let back = list.wait_for(others).await.map(|list| list.get(instance).is_some());
        // The list ends with the runtime, whose own end reaches the call in other ways.
        let Ok(back) = back else { return std::future::pending().await };
        if !back {
            return CallError::ConnectionLost {
                endpoint: target.endpoint.clone(),
                instance,
                items: 0,
                source: "it left discovery before its first item".into(),
            };
        }
    }
}

/// Whether a call that may run twice is worth sending to another instance, having failed before its first item.
pub(crate) fn may_be_repeated(error: &CallError) -> bool {
    match error {
        CallError::ConnectionLost { .. } => true,
        CallError::TimedOut { stage, .. } => *stage == Stage::Acknowledge,
        CallError::Endpoint(error) => error.class() == ErrorClass::Unavailable,
        _ => false,
    }
}
