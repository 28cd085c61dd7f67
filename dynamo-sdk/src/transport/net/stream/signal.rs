//! What only response connections need of a stream: a write that does not wait, and an end without a wait.

use std::io;

use crate::transport::net::stream::Stream;

impl Stream {
    /// Writes what the socket takes at once.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] if it takes nothing.
    pub(crate) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.try_write(bytes),
        }
    }

    /// Makes closing reset the connection, which spares the port of the other side the wait after a close.
    /// What is not delivered by then is lost.
    pub(crate) fn reset_on_close(&self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.set_zero_linger(),
        }
    }
}
