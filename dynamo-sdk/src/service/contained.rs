//! Contains panics of destructors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use bytes::BytesMut;

use crate::error::endpoint::class::ErrorClass;
use crate::service::erased::EncodedItems;

/// Contains the parts of a handler. Their destructors are user code and, within a process, run in the task of the caller:
/// a panic stops here, as elsewhere it stops with the task of the handler. The panic hook has reported it.
pub(super) struct Contained<T>(Option<T>);

impl<T> Contained<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T: EncodedItems> EncodedItems for Contained<T> {
    fn poll_into(&mut self, task: &mut Task<'_>, buf: &mut BytesMut) -> Poll<Option<()>> {
        self.0.as_mut().map_or(Poll::Ready(None), |items| items.poll_into(task, buf))
    }

    fn failed(&self) -> Option<ErrorClass> {
        self.0.as_ref().and_then(T::failed)
    }
}

impl<F: Future + Unpin> Future for Contained<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        match &mut self.0 {
            Some(future) => Pin::new(future).poll(task),
            None => Poll::Pending,
        }
    }
}

impl<T> Drop for Contained<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(value)));
    }
}
