//! Connections whose peer always reads.

use std::io;
#[cfg(target_os = "linux")]
use std::time::Duration;

#[cfg(target_os = "linux")]
use socket2::SockRef;

use crate::transport::net::stream::Stream;

/// How long sent bytes may stay unacknowledged.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

impl Stream {
    /// Resets the connection if sent data stays unacknowledged by the peer's kernel for [`UNACKNOWLEDGED`].
    ///
    /// Only for connections whose peer always reads: Linux also counts the time that the receive window is full, and would
    /// reset a connection whose reader pauses.
    pub(crate) fn expect_reader(&self) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Plain(socket) => SockRef::from(socket).set_tcp_user_timeout(Some(UNACKNOWLEDGED)),
            #[cfg(not(target_os = "linux"))]
            Self::Plain(_) => Ok(()),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_vanished_peer_is_noticed_by_the_system() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let stream = Stream::plain(socket).unwrap();
        let Stream::Plain(socket) = &stream;
        let options = SockRef::from(socket);
        assert!(options.keepalive().unwrap() && options.tcp_nodelay().unwrap());
        assert_eq!(options.tcp_keepalive_time().unwrap(), Duration::from_secs(15));
        assert_eq!(options.tcp_user_timeout().unwrap(), None, "a reader may pause");
        stream.expect_reader().unwrap();
        assert_eq!(options.tcp_user_timeout().unwrap(), Some(UNACKNOWLEDGED));
    }
}
