//! Opens connections to other processes.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::transport::net::stream::Stream;

/// Why dialing failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    /// Dialing exceeded the limit.
    #[error("timed out connecting")]
    TimedOut,
    /// The address cannot be resolved, or the connection failed.
    #[error("cannot connect")]
    Failed(#[source] io::Error),
}

/// Connects to `host:port` within `limit`.
///
/// # Errors
/// [`DialError`]. Nothing was sent.
///
/// # Cancel safety
/// Cancel safe: dropping the future closes the socket.
pub(crate) async fn dial(address: &str, limit: Duration) -> Result<Stream, DialError> {
    let connecting = async { Stream::plain(TcpStream::connect(address).await?) };
    match timeout(limit, connecting).await {
        Ok(connected) => connected.map_err(DialError::Failed),
        Err(_) => Err(DialError::TimedOut),
    }
}
