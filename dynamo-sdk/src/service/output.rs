//! Converts a handler that pushes items into a stream that is polled.
//!
//! A stream that borrows from the component cannot leave the future that owns the component. So the future of
//! the handler drives that stream and puts each item into a slot, and polling the resulting stream polls that
//! future. There is no task and no queue: the handler runs only while an item is awaited, and is never more
//! than one item ahead.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::{Stream, StreamExt};

use crate::error::endpoint::EndpointError;
use crate::service::bounds::Failure;
use crate::sync::Lock;

/// Receives the items of a streaming handler from generated code.
#[derive(Debug)]
pub(crate) struct Output<T> {
    slot: Arc<Lock<OutputSlot<T>>>,
}

#[derive(Debug)]
struct OutputSlot<T> {
    /// Whether the handler has opened its stream. An error before that means that it did not start.
    started: bool,
    item: Option<T>,
}

impl<T> Output<T> {
    /// Sends every item of `stream`.
    ///
    /// # Errors
    /// Never. The return type is that of a handler.
    pub(crate) async fn forward<S: Stream<Item = T>>(self, stream: S) -> Result<(), EndpointError> {
        let mut stream = pin!(stream);
        self.slot.lock().started = true;
        while let Some(item) = stream.next().await {
            self.send(item).await;
        }
        Ok(())
    }

    /// Sends every item of `stream` until one is an error.
    ///
    /// # Errors
    /// The first error of the stream.
    pub(crate) async fn try_forward<S, E>(self, stream: S) -> Result<(), EndpointError>
    where
        S: Stream<Item = Result<T, E>>,
        E: Failure,
    {
        let mut stream = pin!(stream);
        self.slot.lock().started = true;
        while let Some(item) = stream.next().await {
            self.send(item.map_err(Into::into)?).await;
        }
        Ok(())
    }

    /// Puts `item` into the slot and waits until it is taken. No waker is needed: the reader of the slot
    /// polls this future, and polls it again for the next item.
    async fn send(&self, item: T) {
        let mut item = Some(item);
        poll_fn(|_| {
            let mut slot = self.slot.lock();
            match item.take() {
                Some(item) => {
                    slot.item = Some(item);
                    Poll::Pending
                }
                None if slot.item.is_some() => Poll::Pending,
                None => Poll::Ready(()),
            }
        })
        .await;
    }
}

/// Starts `handler` and returns its items once it has opened its stream.
///
/// # Errors
/// The error of a handler that failed before that.
pub(crate) async fn generate<T, F>(
    handler: impl FnOnce(Output<T>) -> F,
) -> Result<Generated<T, F>, EndpointError>
where
    F: Future<Output = Result<(), EndpointError>> + Send,
{
    let slot = Arc::new(Lock::new(OutputSlot { started: false, item: None }));
    let future = Box::pin(handler(Output { slot: Arc::clone(&slot) }));
    let mut generated = Generated { future: Some(future), slot, failure: None };
    poll_fn(|cx| generated.poll_start(cx)).await?;
    Ok(generated)
}

/// The items of a handler.
pub(crate) struct Generated<T, F> {
    future: Option<Pin<Box<F>>>,
    slot: Arc<Lock<OutputSlot<T>>>,
    /// An error from the poll that opened the stream: the last item.
    failure: Option<EndpointError>,
}

impl<T, F: Future<Output = Result<(), EndpointError>>> Generated<T, F> {
    fn poll_start(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), EndpointError>> {
        let Some(future) = self.future.as_mut() else { return Poll::Ready(Ok(())) };
        let result = future.as_mut().poll(cx);
        let started = self.slot.lock().started;
        match result {
            Poll::Pending if started => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
            Poll::Ready(result) => {
                self.future = None;
                match result {
                    Err(error) if started => {
                        self.failure = Some(error);
                        Poll::Ready(Ok(()))
                    }
                    result => Poll::Ready(result),
                }
            }
        }
    }
}

impl<T, F: Future<Output = Result<(), EndpointError>>> Stream for Generated<T, F> {
    type Item = Result<T, EndpointError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // The poll that opened the stream may have produced an item.
        if let Some(item) = self.slot.lock().item.take() {
            return Poll::Ready(Some(Ok(item)));
        }
        let Some(future) = self.future.as_mut() else { return Poll::Ready(self.failure.take().map(Err)) };
        let result = future.as_mut().poll(cx);
        if let Some(item) = self.slot.lock().item.take() {
            return Poll::Ready(Some(Ok(item)));
        }
        let result = ready!(result);
        self.future = None;
        Poll::Ready(result.err().map(Err))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::{FutureExt, TryStreamExt, stream};

    use super::*;

    #[tokio::test]
    async fn a_stream_that_borrows_from_the_component_comes_out_item_by_item() {
        let component = Arc::new(vec![1, 2, 3]);
        let items = generate(|out| async move { out.forward(stream::iter(component.iter().copied())).await });
        assert_eq!(items.await.unwrap().try_collect::<Vec<i32>>().await.unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn the_handler_is_never_more_than_one_item_ahead() {
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        let endless = stream::repeat_with(move || count.fetch_add(1, Ordering::Relaxed));
        let mut items = generate(|out: Output<usize>| out.forward(endless)).await.unwrap();
        for expected in 0..100 {
            assert_eq!(items.next().await.unwrap().unwrap(), expected);
            assert!(made.load(Ordering::Relaxed) <= expected + 2);
        }
    }

    #[tokio::test]
    async fn an_error_before_the_stream_exists_is_a_refusal_and_later_its_last_item() {
        let refusal = generate(|_: Output<u8>| async { Err(EndpointError::not_found("nobody")) }).await;
        assert_eq!(refusal.err().unwrap().message(), "nobody");
        let failing = stream::iter([Ok(1), Err(EndpointError::internal("broke")), Ok(2)]);
        let items: Vec<_> = generate(|out| out.try_forward(failing)).await.unwrap().collect().await;
        assert_eq!(items, [Ok(1), Err(EndpointError::internal("broke"))]);
        let at_once = stream::iter([Err::<u8, _>(EndpointError::internal("broke"))]);
        let items: Vec<_> = generate(|out| out.try_forward(at_once)).await.unwrap().collect().await;
        assert_eq!(items, [Err(EndpointError::internal("broke"))]);
    }

    #[tokio::test]
    async fn a_finished_stream_may_be_polled_again() {
        let mut items = generate(|out: Output<u8>| out.forward(stream::empty())).await.unwrap();
        for _ in 0..100 {
            assert!(items.next().now_or_never().unwrap().is_none());
        }
    }
}
