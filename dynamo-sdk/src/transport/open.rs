//! Opens the configured transports. Only this module and `discovery::open` check which of them this build
//! contains.

use std::sync::Arc;

use crate::config::Config;
use crate::config::event::EventPlane;
use crate::config::request::RequestPlane;
use crate::config::rules::not_built_in;
use crate::error::Result;
use crate::runtime::Runtime;
use crate::service::registry::Registry;
use crate::transport::event::EventTransport;
use crate::transport::event::memory::MemoryBus;
use crate::transport::request::RequestTransport;

/// Checks that this build has the transports selected by `config`, and validates the settings of their ports. The
/// default event plane is only required once events are used.
///
/// # Errors
/// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) naming the variable, and the missing feature or the
/// accepted values.
pub(crate) fn check(config: &Config) -> Result<()> {
    let missing = match (config.request.request_plane, config.event.event_plane) {
        (RequestPlane::Tcp, _) if !cfg!(feature = "tcp") => Some(("DYN_REQUEST_PLANE=tcp", "tcp")),
        (RequestPlane::Nats, _) if !cfg!(feature = "nats") => Some(("DYN_REQUEST_PLANE=nats", "nats")),
        (_, Some(EventPlane::Zmq)) if !cfg!(feature = "zmq") => Some(("DYN_EVENT_PLANE=zmq", "zmq")),
        (_, Some(EventPlane::Nats)) if !cfg!(feature = "nats") => Some(("DYN_EVENT_PLANE=nats", "nats")),
        _ => None,
    };
    if let Some((setting, feature)) = missing {
        return Err(not_built_in(setting, feature));
    }
    #[cfg(feature = "tcp")]
    if config.request.request_plane == RequestPlane::Tcp {
        crate::transport::net::check::check(&crate::transport::request::tcp::request_port(config))?;
    }
    #[cfg(feature = "_network")]
    crate::transport::net::check::check(&crate::transport::response::listener::response_port(config))?;
    Ok(())
}

/// Opens the configured request plane. For NATS, waits for the server.
///
/// # Errors
/// [`ErrorKind::Unreachable`](crate::error::ErrorKind::Unreachable) and
/// [`ErrorKind::Denied`](crate::error::ErrorKind::Denied) from NATS,
/// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if this build lacks the plane.
pub(crate) async fn request_plane(
    runtime: &Runtime,
    config: &Config,
    registry: &Arc<Registry>,
) -> Result<Arc<dyn RequestTransport>> {
    match config.request.request_plane {
        RequestPlane::Tcp => tcp(runtime, config, registry),
        RequestPlane::Nats => nats(runtime, config).await,
    }
}

#[cfg(feature = "tcp")]
fn tcp(runtime: &Runtime, config: &Config, registry: &Arc<Registry>) -> Result<Arc<dyn RequestTransport>> {
    use crate::transport::request::tcp::TcpTransport;
    Ok(Arc::new(TcpTransport::new(runtime.clone(), config.clone(), Arc::clone(registry))))
}

#[cfg(not(feature = "tcp"))]
fn tcp(_: &Runtime, _: &Config, _: &Arc<Registry>) -> Result<Arc<dyn RequestTransport>> {
    Err(not_built_in("DYN_REQUEST_PLANE=tcp", "tcp"))
}

#[cfg(feature = "nats")]
async fn nats(runtime: &Runtime, config: &Config) -> Result<Arc<dyn RequestTransport>> {
    Ok(Arc::new(crate::transport::nats::NatsTransport::connect(runtime, config).await?))
}

#[cfg(not(feature = "nats"))]
async fn nats(_: &Runtime, _: &Config) -> Result<Arc<dyn RequestTransport>> {
    Err(not_built_in("DYN_REQUEST_PLANE=nats", "nats"))
}

/// Opens the configured event plane. For NATS, waits for the server.
///
/// # Errors
/// As [`request_plane`].
pub(crate) async fn event_plane(runtime: &Runtime, config: &Config) -> Result<Arc<dyn EventTransport>> {
    match config.event_plane() {
        EventPlane::Memory => Ok(Arc::new(MemoryBus::default())),
        EventPlane::Zmq => zmq(runtime, config),
        EventPlane::Nats => nats_events(runtime, config).await,
    }
}

#[cfg(feature = "zmq")]
fn zmq(runtime: &Runtime, config: &Config) -> Result<Arc<dyn EventTransport>> {
    use crate::transport::event::zmq::ZmqEventTransport;
    Ok(Arc::new(ZmqEventTransport::new(runtime.clone(), config.clone())))
}

#[cfg(not(feature = "zmq"))]
fn zmq(_: &Runtime, _: &Config) -> Result<Arc<dyn EventTransport>> {
    Err(no_events("zmq"))
}

#[cfg(feature = "nats")]
async fn nats_events(runtime: &Runtime, config: &Config) -> Result<Arc<dyn EventTransport>> {
    use crate::transport::nats::event::NatsEventTransport;
    Ok(Arc::new(NatsEventTransport::connect(runtime, &config.nats).await?))
}

#[cfg(not(feature = "nats"))]
async fn nats_events(_: &Runtime, _: &Config) -> Result<Arc<dyn EventTransport>> {
    Err(no_events("nats"))
}

/// Returns the error for an event plane that is not built in, with the alternative for events within one process.
#[cfg(not(all(feature = "zmq", feature = "nats")))]
fn no_events(name: &str) -> crate::error::Error {
    let what = format!(
        "the event plane {name} (DYN_EVENT_PLANE) is not built in; build with --features {name}, or set \
         DYN_EVENT_PLANE=memory for events within this process"
    );
    crate::error::Error::new(crate::error::ErrorKind::Invalid, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A configured plane is required at startup, the default one only once events are used.
    #[test]
    fn a_plane_that_is_not_built_in_is_reported_with_its_feature() {
        for (plane, built_in) in [
            (EventPlane::Zmq, cfg!(feature = "zmq")),
            (EventPlane::Nats, cfg!(feature = "nats")),
            (EventPlane::Memory, true),
        ] {
            let checked = check(&Config::builder().event_plane(plane).build().unwrap());
            let reported = checked.map_err(|error| error.to_string());
            // Without a request plane, that is reported first.
            if cfg!(feature = "tcp") {
                let name = plane.name();
                let expected =
                    format!("DYN_EVENT_PLANE={name} is not built in; build with --features {name}");
                assert_eq!(reported.is_ok(), built_in, "{reported:?}");
                assert!(reported.err().is_none_or(|reported| reported.starts_with(&expected)));
            }
        }
    }
}
