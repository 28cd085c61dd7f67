//! Opens listening ports.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::net::advertise::{advertised, default_ip};
use crate::transport::net::host::host_ip;
use crate::transport::net::settings::ListenSettings;

/// A listening port.
#[derive(Debug)]
pub(crate) struct PortListener(pub(super) TcpListener);

/// A listening port and its advertised address.
#[derive(Debug)]
pub(crate) struct BoundAddress {
    pub(crate) listener: PortListener,
    /// `host:port` for other processes.
    pub(crate) advertised: String,
}

/// Opens a port as described by `wanted`.
///
/// # Errors
/// [`ErrorKind::Invalid`] for a host that is neither an address nor an interface of this machine, or an
/// advertised address that is not reachable; [`ErrorKind::Unreachable`] if the port is taken.
pub(crate) async fn listen(config: &Config, wanted: &ListenSettings) -> Result<BoundAddress> {
    let ip = match &wanted.host {
        Some(host) => host_ip(wanted.variable, host)?,
        None => default_ip(config).await,
    };
    let address = SocketAddr::new(ip, wanted.port);
    let listener = bind(address, config.response.tcp_listen_backlog).map_err(|source| {
        let what = format!("cannot listen on {address} ({}, and its port)", wanted.variable);
        Error::new(ErrorKind::Unreachable, what).with_source(source)
    })?;
    let local = listener.local_addr().map_err(|source| {
        Error::new(ErrorKind::Internal, "a listening socket has no address").with_source(source)
    })?;
    let reachable = if ip.is_unspecified() { default_ip(config).await } else { ip };
    let advertised = advertised(wanted, SocketAddr::new(reachable, local.port()))?;
    Ok(BoundAddress { listener: PortListener(listener), advertised })
}

fn bind(address: SocketAddr, backlog: u32) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Allows a restarted process to reuse its port while old connections are in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(backlog)
}
