//! Ports for servers that must keep theirs over a restart.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Below the range from which systems take ports for outgoing connections. A port from that range could be taken while
/// its server is down, and a client that keeps dialling it could even end up connected to itself.
const FIRST: u16 = 15_000;
const COUNT: u16 = 15_000;

/// Binds a random port that nobody uses.
pub(crate) fn bind() -> TcpListener {
    for _ in 0..1000 {
        let random = RandomState::new().build_hasher().finish();
        let offset = u16::try_from(random % u64::from(COUNT)).unwrap_or_default();
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, FIRST + offset)) {
            return listener;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}

/// Finds a random port that nobody uses now. Somebody may take it before it is used.
pub(crate) fn reserve() -> u16 {
    match bind().local_addr() {
        Ok(addr) => addr.port(),
        Err(error) => panic!("a bound socket has no address: {error}"),
    }
}

/// Listens at `addr`, where no server runs, until somebody connects, and hangs up. A server may start there afterwards.
///
/// # Panics
///
/// When the port is taken.
pub async fn knock(addr: SocketAddr) {
    let accepted = match tokio::net::TcpListener::bind(addr).await {
        Ok(listener) => listener.accept().await,
        Err(error) => panic!("cannot listen at {addr}: {error}"),
    };
    if let Err(error) = accepted {
        panic!("cannot accept at {addr}: {error}");
    }
}
