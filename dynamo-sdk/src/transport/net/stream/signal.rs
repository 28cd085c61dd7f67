//! Operations for response connections: non-blocking write and reset on close.

use std::io;

use crate::transport::net::stream::Stream;

impl Stream {
    /// Writes as much as the socket accepts without blocking.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] if it accepts nothing.
    pub(crate) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.try_write(bytes),
        }
    }

    /// Resets the connection on close, which spares the peer's port TIME_WAIT. Undelivered data is lost.
    pub(crate) fn reset_on_close(&self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.set_zero_linger(),
        }
    }
}
