//! Retries of idempotent calls: how long a call can move to another instance, and after which failures.

use std::future::Future;
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use serde::de::DeserializeOwned;

use crate::address::ids::InstanceId;
use crate::client::response::TypedResponse;
use crate::client::target::Target;
use crate::discovery::instances::InstanceList;
use crate::error::call::CallError;
use crate::error::call::kind::{CallErrorKind, Stage};
use crate::error::endpoint::class::ErrorClass;
use crate::error::transport::TransportError;

/// Grace period after an instance leaves discovery before a call pending on it fails.
const DEREGISTRATION_GRACE: Duration = Duration::from_secs(1);

/// Waits for the first item, which separates failures that can be retried from those that cannot.
pub(crate) async fn first<Resp: DeserializeOwned + Send + 'static>(
    mut items: TypedResponse<Resp>,
) -> Result<BoxStream<'static, Result<Resp, CallError>>, CallError> {
    let first = items.next().await.transpose()?;
    Ok(stream::iter(first.map(Ok)).chain(items).boxed())
}

/// Waits for the first item, or returns the error of `loss` if that resolves earlier.
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

/// Resolves [`DEREGISTRATION_GRACE`] after an instance has left discovery.
pub(crate) async fn gone(target: &Target, instance: InstanceId) {
    let mut list = target.list.clone();
    loop {
        if list.wait_for(|list| list.get(instance).is_none()).await.is_err() {
            // The watch closes with the runtime, whose shutdown ends the call in other ways.
            return std::future::pending().await;
        }
        // An instance that drains still starts the calls it has admitted.
        tokio::time::sleep(DEREGISTRATION_GRACE).await;
        if list.borrow_and_update().get(instance).is_none() {
            return;
        }
    }
}

/// Resolves once an instance has left discovery and there is another that was not `tried`. Without another
/// one, a draining instance may still answer.
pub(crate) async fn replaced(target: &Target, instance: InstanceId, tried: &[InstanceId]) -> CallError {
    let mut list = target.list.clone();
    loop {
        gone(target, instance).await;
        let others = |list: &InstanceList| {
            list.get(instance).is_some() || list.instances.iter().any(|other| !tried.contains(&other.id))
        };
        let back = list.wait_for(others).await.map(|list| list.get(instance).is_some());
        // The watch closes with the runtime, whose shutdown ends the call in other ways.
        let Ok(back) = back else { return std::future::pending().await };
        if !back {
            let lost = TransportError::lost("the instance left discovery before its first item");
            return lost.at(&target.endpoint, instance);
        }
    }
}

/// Returns whether an idempotent call that failed before its first item may be retried on another instance.
pub(crate) fn may_be_repeated(error: &CallError) -> bool {
    match error.kind() {
        CallErrorKind::ConnectionLost => true,
        CallErrorKind::TimedOut { stage, .. } => *stage == Stage::Acknowledge,
        CallErrorKind::Endpoint(error) => error.class() == ErrorClass::Unavailable,
        _ => false,
    }
}
