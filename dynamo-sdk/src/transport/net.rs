//! Which address to listen on, and which to tell others.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket, lookup_host};

#[cfg(feature = "_network")]
use crate::config::RequestPlane;
use crate::config::{Config, DiscoveryBackend};
use crate::error::{Error, ErrorKind, Result};

/// Where a listener of ours is, and how others reach it.
#[derive(Debug)]
pub(crate) struct BoundAddress {
    pub(crate) listener: TcpListener,
    /// `host:port` for others.
    pub(crate) advertised: String,
}

/// One listening port, as the settings describe it.
#[derive(Debug)]
pub(crate) struct ListenSettings {
    /// The variable of the host, for errors.
    pub(crate) variable: &'static str,
    pub(crate) host: Option<String>,
    pub(crate) port: u16,
    /// The variable of the advertised address, for errors.
    pub(crate) advertise_variable: &'static str,
    pub(crate) advertise: Option<String>,
    /// Whether the advertised host may be a name (WIRE.md quirk 11).
    pub(crate) names_allowed: bool,
}

impl ListenSettings {
    /// The port for requests.
    #[cfg(feature = "_network")]
    pub(crate) fn for_requests(config: &Config) -> Self {
        Self {
            variable: "DYN_TCP_RPC_HOST",
            host: config.tcp_rpc_host.clone(),
            port: config.tcp_rpc_port,
            advertise_variable: "DYN_SDK_TCP_RPC_ADVERTISE",
            advertise: config.tcp_rpc_advertise.clone(),
            names_allowed: false,
        }
    }

    /// The port that workers call home to.
    #[cfg(feature = "_network")]
    pub(crate) fn for_responses(config: &Config) -> Self {
        Self {
            variable: "DYN_TCP_RESPONSE_STREAM_HOST",
            host: config.tcp_response_stream_host.clone(),
            port: config.tcp_response_stream_port,
            advertise_variable: "DYN_SDK_TCP_RESPONSE_ADVERTISE",
            advertise: config.tcp_response_stream_advertise.clone(),
            names_allowed: true,
        }
    }

    /// The port of a publisher of events. As in Dynamo, the setting says where it is reached; it listens everywhere then.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if the setting is neither an address nor an interface.
    #[cfg(feature = "zmq")]
    pub(crate) fn for_events(config: &Config) -> Result<Self> {
        const VARIABLE: &str = "DYN_EVENT_PLANE_HOST";
        let (host, advertise) = match &config.event_plane_host {
            None => (None, None),
            Some(host) => match host_ip(VARIABLE, host)? {
                ip @ IpAddr::V4(_) => (Some("0.0.0.0".to_owned()), Some(ip.to_string())),
                ip @ IpAddr::V6(_) => (Some("::".to_owned()), Some(ip.to_string())),
            },
        };
        Ok(Self {
            variable: VARIABLE,
            host,
            port: 0,
            advertise_variable: VARIABLE,
            advertise,
            names_allowed: false,
        })
    }
}

/// Whether the ports could be opened as the settings describe them. They are opened when they are needed; what is wrong
/// with the settings is known at once.
///
/// # Errors
/// [`ErrorKind::Invalid`] as [`listen`].
#[cfg(feature = "_network")]
pub(crate) fn check(config: &Config) -> Result<()> {
    let responses = ListenSettings::for_responses(config);
    let requests = (config.request_plane == RequestPlane::Tcp).then(|| ListenSettings::for_requests(config));
    for wanted in requests.into_iter().chain([responses]) {
        let ip = match &wanted.host {
            Some(host) => host_ip(wanted.variable, host)?,
            None => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        advertised(&wanted, SocketAddr::new(ip, wanted.port))?;
    }
    Ok(())
}

/// Opens a port.
///
/// # Errors
/// [`ErrorKind::Invalid`] for a host that is no address or interface of this machine, or an address that nobody can
/// reach; [`ErrorKind::Unreachable`] if the port is taken.
pub(crate) async fn listen(config: &Config, wanted: &ListenSettings) -> Result<BoundAddress> {
    let ip = match &wanted.host {
        Some(host) => host_ip(wanted.variable, host)?,
        None => default_ip(config).await,
    };
    let address = SocketAddr::new(ip, wanted.port);
    let listener = bind(address, config.tcp_listen_backlog).map_err(|source| {
        let what = format!("cannot listen on {address} ({}, and its port)", wanted.variable);
        Error::new(ErrorKind::Unreachable, what).because(source)
    })?;
    let local = listener.local_addr().map_err(|source| {
        Error::new(ErrorKind::Internal, "a listening socket has no address").because(source)
    })?;
    let reachable = if ip.is_unspecified() { default_ip(config).await } else { ip };
    let advertised = advertised(wanted, SocketAddr::new(reachable, local.port()))?;
    Ok(BoundAddress { listener, advertised })
}

fn bind(address: SocketAddr, backlog: u32) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Without this, a port that served a moment ago could not be opened again after a restart.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(backlog)
}

/// The address of a host setting: an IP address, or the name of an interface.
fn host_ip(variable: &str, host: &str) -> Result<IpAddr> {
    if let Ok(ip) = host.trim_matches(['[', ']']).parse() {
        return Ok(ip);
    }
    let interfaces = if_addrs::get_if_addrs().map_err(|source| {
        Error::new(ErrorKind::Internal, "cannot list the network interfaces").because(source)
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

/// What to register: the setting if there is one, else where we listen.
fn advertised(wanted: &ListenSettings, local: SocketAddr) -> Result<String> {
    let invalid = |why: &str| {
        let setting =
            format!("{}={}", wanted.advertise_variable, wanted.advertise.as_deref().unwrap_or_default());
        Err(Error::new(ErrorKind::Invalid, format!("{setting}: {why}")))
    };
    let Some(text) = wanted.advertise.as_deref() else { return Ok(local.to_string()) };
    if let Ok(address) = text.parse::<SocketAddr>() {
        return if address.ip().is_unspecified() {
            invalid("nobody can reach this address")
        } else {
            Ok(address.to_string())
        };
    }
    if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return if ip.is_unspecified() {
            invalid("nobody can reach this address")
        } else {
            Ok(SocketAddr::new(ip, local.port()).to_string())
        };
    }
    if !wanted.names_allowed {
        return invalid("an IP address, or one with a port, is needed here; callers do not look up names");
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0) => {
            Ok(text.to_owned())
        }
        None if !text.is_empty() => Ok(format!("{text}:{}", local.port())),
        _ => invalid("expected HOST or HOST:PORT"),
    }
}

/// Loopback where all processes are on this machine, else the address that the kernel would use towards the store.
async fn default_ip(config: &Config) -> IpAddr {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if config.discovery() != DiscoveryBackend::Etcd {
        return loopback;
    }
    let urls = config.etcd_urls();
    for url in &urls {
        if let Some(ip) = source_address(url).await {
            tracing::info!(%ip, towards = %url, "the address of this process is the one that leads to the store");
            return ip;
        }
    }
    tracing::warn!(?urls, "no way to the store is known; this process is reachable on loopback only");
    loopback
}

/// The local address of packets towards `url`. Nothing is sent.
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

/// Opens a connection without delay of small writes.
pub(crate) async fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(host: Option<&str>, advertise: Option<&str>) -> ListenSettings {
        let (host, advertise) = (host.map(str::to_owned), advertise.map(str::to_owned));
        ListenSettings {
            variable: "HOST",
            host,
            port: 0,
            advertise_variable: "ADVERTISE",
            advertise,
            names_allowed: false,
        }
    }

    async fn advertised_by(wanted: &ListenSettings) -> Result<String> {
        let config = Config::builder().build()?;
        listen(&config, wanted).await.map(|bound| bound.advertised)
    }

    #[tokio::test]
    async fn nothing_set_is_loopback_with_the_real_port() {
        let bound = listen(&Config::builder().build().unwrap(), &wanted(None, None)).await.unwrap();
        assert_eq!(bound.advertised, bound.listener.local_addr().unwrap().to_string());
        assert!(bound.advertised.starts_with("127.0.0.1:"));
    }

    #[tokio::test]
    async fn listening_everywhere_never_advertises_everywhere() {
        assert!(advertised_by(&wanted(Some("0.0.0.0"), None)).await.unwrap().starts_with("127.0.0.1:"));
        let error = advertised_by(&wanted(None, Some("0.0.0.0:1"))).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::Invalid, "ADVERTISE=0.0.0.0:1: nobody can reach this address")
        );
    }

    #[tokio::test]
    async fn another_address_can_be_advertised() {
        assert_eq!(advertised_by(&wanted(None, Some("192.0.2.7:99"))).await.unwrap(), "192.0.2.7:99");
        assert!(advertised_by(&wanted(None, Some("192.0.2.7"))).await.unwrap().starts_with("192.0.2.7:"));
        assert_eq!(advertised_by(&wanted(None, Some("[2001:db8::1]:99"))).await.unwrap(), "[2001:db8::1]:99");
        assert_eq!(
            advertised_by(&wanted(None, Some("proxy:99"))).await.unwrap_err().kind(),
            ErrorKind::Invalid
        );
        let names = ListenSettings { names_allowed: true, ..wanted(None, Some("proxy:99")) };
        assert_eq!(advertised_by(&names).await.unwrap(), "proxy:99");
    }

    #[tokio::test]
    async fn an_interface_is_found_by_its_name_and_a_wrong_one_is_an_error() {
        let error = advertised_by(&wanted(Some("nosuch0"), None)).await.unwrap_err();
        assert!(
            error.to_string().starts_with("HOST=nosuch0: neither an IP address nor an interface; there are "),
            "{error}"
        );
        let names: Vec<String> = if_addrs::get_if_addrs()
            .unwrap()
            .into_iter()
            .filter(|i| i.is_loopback())
            .map(|i| i.name)
            .collect();
        assert!(advertised_by(&wanted(Some(&names[0]), None)).await.unwrap().starts_with("127."));
    }
}
