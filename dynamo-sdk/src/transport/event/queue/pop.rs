//! Reading without waiting, for a reader that collects what there is.

use crate::transport::event::queue::Queue;

impl<T> Queue<T> {
    /// Returns the oldest item, if any, without waiting.
    pub(crate) fn pop(&self) -> Option<T> {
        let mut state = self.state.lock();
        let (item, size) = state.items.pop_front()?;
        state.bytes -= size;
        Some(item)
    }
}
