//! The advertised address of a port.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::{UdpSocket, lookup_host};

use crate::config::Config;
use crate::config::discovery::DiscoveryBackend;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::net::settings::ListenSettings;

/// Returns the address to register: the setting if present, else the listening address.
///
/// # Errors
/// [`ErrorKind::Invalid`] if the setting is not an address that others can connect to.
pub(super) fn advertised(wanted: &ListenSettings, local: SocketAddr) -> Result<String> {
    let invalid = |why: &str| {
        let setting =
            format!("{}={}", wanted.advertise_variable, wanted.advertise.as_deref().unwrap_or_default());
        Err(Error::new(ErrorKind::Invalid, format!("{setting}: {why}")))
    };
    let Some(text) = wanted.advertise.as_deref() else { return Ok(local.to_string()) };
    if let Ok(address) = text.parse::<SocketAddr>() {
        return if address.ip().is_unspecified() {
            invalid("an unspecified address cannot be advertised")
        } else {
            Ok(address.to_string())
        };
    }
    if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return if ip.is_unspecified() {
            invalid("an unspecified address cannot be advertised")
        } else {
            Ok(SocketAddr::new(ip, local.port()).to_string())
        };
    }
    if !wanted.names_allowed {
        return invalid("expected an IP address with or without a port; callers do not resolve names");
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0) => {
            Ok(text.to_owned())
        }
        None if !text.is_empty() => Ok(format!("{text}:{}", local.port())),
        _ => invalid("expected HOST or HOST:PORT"),
    }
}

/// Returns loopback if all processes are on this machine, else the local address the kernel uses to reach
/// etcd.
pub(super) async fn default_ip(config: &Config) -> IpAddr {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if config.discovery() != DiscoveryBackend::Etcd {
        return loopback;
    }
    let urls = config.discovery.etcd_urls();
    for url in &urls {
        if let Some(ip) = source_address(url.address()).await {
            tracing::info!(%ip, towards = %url, "advertising the local address used to reach etcd");
            return ip;
        }
    }
    tracing::warn!(?urls, "cannot determine the local address used to reach etcd; advertising loopback only");
    loopback
}

/// Returns the source address of packets to `url`. Sends nothing.
async fn source_address(url: &str) -> Option<IpAddr> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let target = if authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        authority.to_owned()
    } else {
        format!("{authority}:2379")
    };
    for address in lookup_host(target).await.ok()? {
        let any: SocketAddr =
            if address.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
        let Ok(socket) = UdpSocket::bind(any).await else { continue };
        if socket.connect(address).await.is_ok()
            && let Ok(local) = socket.local_addr()
        {
            return Some(local.ip());
        }
    }
    None
}
