//! Hosts in settings: IP addresses or interface names.

use std::net::IpAddr;

use crate::error::{Error, ErrorKind, Result};

/// Resolves a host setting to an address.
///
/// # Errors
/// [`ErrorKind::Invalid`] if it is neither an IP address nor an interface.
pub(crate) fn host_ip(variable: &str, host: &str) -> Result<IpAddr> {
    if let Ok(ip) = host.trim_matches(['[', ']']).parse() {
        return Ok(ip);
    }
    let interfaces = if_addrs::get_if_addrs().map_err(|source| {
        Error::new(ErrorKind::Internal, "cannot list the network interfaces").with_source(source)
    })?;
    let of_host = |v4: bool| interfaces.iter().find(|found| found.name == host && found.ip().is_ipv4() == v4);
    of_host(true).or_else(|| of_host(false)).map(if_addrs::Interface::ip).ok_or_else(|| {
        let mut names: Vec<&str> = interfaces.iter().map(|found| found.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let names = names.join(", ");
        Error::new(
            ErrorKind::Invalid,
            format!("{variable}={host}: neither an IP address nor an interface; there are {names}"),
        )
    })
}
