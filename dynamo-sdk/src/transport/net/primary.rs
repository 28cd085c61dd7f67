//! Opens sockets on the primary pool, regardless of the caller's pool.

use std::future::Future;

#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::runtime::{Runtime, joined};

impl Runtime {
    /// Runs `future` on the primary pool and waits for its result. Used to open data-path sockets: a
    /// socket belongs to the pool that opens it, and the caller's pool may shut down earlier.
    ///
    /// # Errors
    /// [`ErrorKind::ShuttingDown`] if the runtime shuts down first.
    ///
    /// # Cancel safety
    /// Dropping this future leaves `future` running.
    pub(crate) async fn on_primary<F>(&self, future: F) -> Result<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        joined(self.spawn(future).await)
    }
}
