//! Reading without waiting, for a reader that collects what there is.

use crate::transport::event::queue::Queue;

impl<T> Queue<T> {
    /// The oldest item, if there is one.
    pub(crate) fn pop(&self) -> Option<T> {
        let mut state = self.state.lock();
        let (item, size) = state.items.pop_front()?;
        state.bytes -= size;
        Some(item)
    }
}
