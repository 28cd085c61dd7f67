//! Opens connections to other processes.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::transport::net::stream::Stream;

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum DialError {
    /// The limit has passed.
    TimedOut,
    /// The address cannot be resolved, or the other side refused.
    Failed(io::Error),
}

/// Opens a connection to `host:port` within `limit`.
///
/// # Errors
/// [`DialError`]; nothing was sent.
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
