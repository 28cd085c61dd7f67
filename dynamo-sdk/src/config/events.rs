//! How events travel, and what that is when nothing says it.

use crate::config::{Config, DiscoveryBackend};

/// How events travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventPlane {
    /// From each publisher's own socket straight to its subscribers, who find it through discovery.
    Zmq,
    /// Over the NATS server.
    Nats,
    /// Within one process.
    Memory,
}

impl EventPlane {
    /// Its name in the settings, which is that of its feature where it has one.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Zmq => "zmq",
            Self::Nats => "nats",
            Self::Memory => "memory",
        }
    }
}

impl Config {
    /// The event plane in effect.
    #[must_use]
    pub fn event_plane(&self) -> EventPlane {
        let unset =
            if self.discovery() == DiscoveryBackend::Memory { EventPlane::Memory } else { EventPlane::Zmq };
        self.event_plane.unwrap_or(unset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigBuilder;

    fn plane(also: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> EventPlane {
        also(Config::builder()).build().unwrap().event_plane()
    }

    #[test]
    fn nothing_set_is_what_needs_no_server_and_reaches_all_who_are_found() {
        assert_eq!(plane(|config| config), EventPlane::Zmq);
        assert_eq!(plane(|config| config.discovery_backend(DiscoveryBackend::Etcd)), EventPlane::Zmq);
        assert_eq!(plane(|config| config.discovery_backend(DiscoveryBackend::Memory)), EventPlane::Memory);
        assert_eq!(plane(|config| config.event_plane(EventPlane::Nats)), EventPlane::Nats);
    }

    /// A plane that was asked for is missed at the start, and the default one only where events are used.
    #[test]
    fn a_plane_that_is_not_built_in_is_told_with_its_feature() {
        for (plane, built_in) in [
            (EventPlane::Zmq, cfg!(feature = "zmq")),
            (EventPlane::Nats, cfg!(feature = "nats")),
            (EventPlane::Memory, true),
        ] {
            let checked = Config::builder().event_plane(plane).build().unwrap().check_built_in();
            let told = checked.map_err(|error| error.to_string());
            // Without a request plane, that is told first.
            if cfg!(feature = "tcp") {
                let name = plane.name();
                let expected =
                    format!("DYN_EVENT_PLANE={name} is not built in; build with --features {name}");
                assert_eq!(told.is_ok(), built_in, "{told:?}");
                assert!(told.err().is_none_or(|told| told.starts_with(&expected)));
            }
        }
    }
}
