//! Opens connections to other processes.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::config::request::RequestSettings;
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

/// Opens connections as the settings describe them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialer {
    limit: Duration,
}

impl Dialer {
    pub(crate) fn new(settings: &RequestSettings) -> Self {
        Self { limit: settings.tcp_connect_timeout }
    }

    /// Returns the time limit of a dial.
    #[cfg(feature = "_network")]
    pub(crate) fn limit(self) -> Duration {
        self.limit
    }

    /// Connects to `host:port`.
    ///
    /// # Errors
    /// [`DialError`]. Nothing was sent.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future closes the socket.
    pub(crate) async fn dial(self, address: &str) -> Result<Stream, DialError> {
        let connecting = async { Stream::plain(TcpStream::connect(address).await?) };
        match timeout(self.limit, connecting).await {
            Ok(connected) => connected.map_err(DialError::Failed),
            Err(_) => Err(DialError::TimedOut),
        }
    }
}
