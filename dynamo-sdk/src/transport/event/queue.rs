//! A bounded queue between an event transport and a reader. Drops the oldest item when full.

#[cfg(feature = "zmq")]
mod pop;

use std::collections::VecDeque;
use std::task::{Context as Task, Poll, Waker};

use crate::sync::Lock;

/// Maximum number of bytes in one queue regardless of the number of events, unless a single event is
/// larger. Twice the default of `DYN_SDK_MAX_EVENT_SIZE`.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A single-reader queue whose writers never wait.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    capacity: usize,
    state: Lock<QueueState<T>>,
}

#[derive(Debug)]
struct QueueState<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    lost: u64,
    closed: bool,
    reader: Option<Waker>,
}

impl<T> Queue<T> {
    /// Creates an empty queue for `capacity` items.
    pub(crate) fn new(capacity: usize) -> Self {
        let state = QueueState { items: VecDeque::new(), bytes: 0, lost: 0, closed: false, reader: None };
        Self { capacity, state: Lock::new(state) }
    }

    /// Adds an item of `size` bytes, dropping the oldest items until it fits. A closed queue ignores it.
    pub(crate) fn push(&self, item: T, size: usize) {
        let mut state = self.state.lock();
        if state.closed {
            return;
        }
        state.items.push_back((item, size));
        state.bytes += size;
        while state.items.len() > self.capacity || (state.bytes > MAX_BYTES && state.items.len() > 1) {
            if let Some((_, size)) = state.items.pop_front() {
                state.bytes -= size;
                state.lost += 1;
            }
        }
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Returns the oldest item, or `None` when the queue is closed and empty.
    pub(crate) fn poll_pop(&self, task: &mut Task<'_>) -> Poll<Option<T>> {
        let mut state = self.state.lock();
        if let Some((item, size)) = state.items.pop_front() {
            state.bytes -= size;
            return Poll::Ready(Some(item));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        if !state.reader.as_ref().is_some_and(|reader| reader.will_wake(task.waker())) {
            state.reader = Some(task.waker().clone());
        }
        Poll::Pending
    }

    /// Closes the queue. Items in it can still be read.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Returns how many items were dropped.
    pub(crate) fn lost(&self) -> u64 {
        self.state.lock().lost
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures::FutureExt;

    use super::*;

    fn read(queue: &Queue<u32>) -> Vec<u32> {
        std::iter::from_fn(|| poll_fn(|task| queue.poll_pop(task)).now_or_never().flatten()).collect()
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many_or_too_much() {
        let queue = Queue::new(3);
        (0..10).for_each(|n| queue.push(n, 1));
        assert_eq!((read(&queue), queue.lost()), (vec![7, 8, 9], 7));
        let queue = Queue::new(1000);
        for n in 0..10 {
            queue.push(n, MAX_BYTES / 4);
        }
        assert_eq!((read(&queue), queue.lost()), (vec![6, 7, 8, 9], 6));
        queue.push(10, MAX_BYTES * 2);
        assert_eq!((read(&queue), queue.lost()), (vec![10], 6));
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_woken_by_an_item_and_by_the_end() {
        let queue = Queue::new(3);
        let mut reading = Box::pin(poll_fn(|task| queue.poll_pop(task)));
        assert!(futures::poll!(&mut reading).is_pending());
        queue.push(1, 1);
        assert_eq!(reading.await, Some(1));
        let mut reading = Box::pin(poll_fn(|task| queue.poll_pop(task)));
        assert!(futures::poll!(&mut reading).is_pending());
        queue.close();
        assert_eq!(reading.await, None);
    }

    #[test]
    fn a_closed_queue_gives_what_it_has_and_takes_nothing() {
        let queue = Queue::new(3);
        queue.push(1, 1);
        queue.close();
        queue.push(2, 1);
        assert_eq!((read(&queue), queue.lost()), (vec![1], 0));
    }
}
