//! Peers for unit tests: a loopback port and its connections.

use tokio::net::TcpListener;

use crate::transport::net::listen::PortListener;
use crate::transport::net::stream::Stream;

impl PortListener {
    /// Opens a loopback port. Returns it with its address.
    pub(crate) async fn loopback() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        (Self(listener), address)
    }

    /// Accepts one connection.
    pub(crate) async fn accept(&self) -> Stream {
        Stream::plain(self.0.accept().await.unwrap().0).unwrap()
    }
}
