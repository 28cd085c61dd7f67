//! Calls that may be made more than once: up to where, and after which failures.

use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use serde::de::DeserializeOwned;

use super::response::Items;
use crate::error::{CallError, ErrorClass, Stage};

/// Waits for the first item, so that a failure before it can be told from one behind it.
pub(super) async fn first<Resp: DeserializeOwned + Send + 'static>(
    mut items: Items<Resp>,
) -> Result<BoxStream<'static, Result<Resp, CallError>>, CallError> {
    let first = items.next().await.transpose()?;
    Ok(stream::iter(first.map(Ok)).chain(items).boxed())
}

/// Whether a call that may run twice is worth sending to another instance, having failed before its first item.
pub(super) fn may_be_repeated(error: &CallError) -> bool {
    match error {
        CallError::ConnectionLost { .. } => true,
        CallError::TimedOut { stage, .. } => *stage == Stage::Acknowledge,
        CallError::Endpoint(error) => error.class() == ErrorClass::Unavailable,
        _ => false,
    }
}
