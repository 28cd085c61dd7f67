//! Validates the settings of ports that are opened on demand.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::error::Result;
use crate::transport::net::advertise::advertised;
use crate::transport::net::host::host_ip;
use crate::transport::net::settings::ListenSettings;

/// Validates the settings of a port without opening it.
///
/// # Errors
/// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) as
/// [`listen`](crate::transport::net::listen::listen).
pub(crate) fn check(wanted: &ListenSettings) -> Result<()> {
    let ip = match &wanted.host {
        Some(host) => host_ip(wanted.variable, host)?,
        None => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    advertised(wanted, SocketAddr::new(ip, wanted.port)).map(drop)
}
