//! Settings, resolved once into a [`Config`]. Precedence: builder, environment, file, default.
//!
//! Only this module reads the environment. Each subsystem declares a group of settings with defaults,
//! variables and validation in its own file; this file merges the groups. Settings that Dynamo has keep its
//! names, units and defaults; variables of the SDK start with `DYN_SDK_`.

pub(crate) mod builder;
pub(crate) mod call;
pub(crate) mod discovery;
pub(crate) mod event;
#[cfg(any(test, feature = "etcd", feature = "nats"))]
mod expose;
mod group;
pub(crate) mod health;
mod layers;
pub(crate) mod logging;
pub(crate) mod nats;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod rules;
pub(crate) mod runtime;
pub(crate) mod secret;
pub(crate) mod server_url;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;

pub use crate::config::builder::ConfigBuilder;
use crate::config::call::CallSettings;
pub use crate::config::discovery::DiscoveryBackend;
use crate::config::discovery::DiscoverySettings;
pub use crate::config::event::EventPlane;
use crate::config::event::EventSettings;
use crate::config::group::Group;
use crate::config::health::HealthSettings;
use crate::config::layers::Layers;
use crate::config::logging::LoggingSettings;
use crate::config::nats::NatsSettings;
pub use crate::config::request::RequestPlane;
use crate::config::request::RequestSettings;
use crate::config::response::ResponseSettings;
use crate::config::runtime::RuntimeSettings;
pub use crate::config::secret::Secret;
pub use crate::config::server_url::{ServerUrl, ServerUrls};
use crate::config::value::Value;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
pub use crate::wire::codec::Codec;

macro_rules! groups {
    ($($group:ident: $type:ty,)+) => {
        /// Validated settings of a runtime.
        #[derive(Clone)]
        pub struct Config {
            $(pub(crate) $group: $type,)+
            /// Suspicious but valid settings; logged once.
            warnings: Vec<String>,
        }

        impl ConfigBuilder {
            /// Resolves and validates all settings.
            ///
            /// # Errors
            /// [`ErrorKind::Invalid`] with the variable (or file and key) of the invalid value, and the
            /// values it accepts.
            pub fn build(self) -> Result<Config> {
                let names: Vec<_> = [$(<$type as Group>::NAMES),+].concat();
                let config = Config {
                    $($group: Group::resolve(&self)?,)+
                    warnings: self.layers().warnings(&names),
                };
                config.check()?;
                Ok(config)
            }
        }

        impl Config {
            /// Returns the effective settings as (variable, value), with secrets masked.
            pub fn effective(&self) -> Vec<(&'static str, String)> {
                [$(self.$group.effective()),+].concat()
            }

            /// Returns all settings as (variable, default, description).
            #[must_use]
            pub fn table() -> Vec<(&'static str, String, String)> {
                [$(<$type as Group>::table()),+].concat()
            }
        }
    };
}

groups! {
    discovery: DiscoverySettings,
    request: RequestSettings,
    event: EventSettings,
    nats: NatsSettings,
    response: ResponseSettings,
    call: CallSettings,
    runtime: RuntimeSettings,
    health: HealthSettings,
    logging: LoggingSettings,
}

impl Config {
    /// Creates a builder over the defaults. Ignores environment and files.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// Creates a builder over environment, file and defaults.
    ///
    /// Reads the file named by `DYN_SDK_CONFIG`; if that is unset, `/opt/dynamo/etc/runtime.toml` and, with
    /// lower precedence, `/opt/dynamo/defaults/runtime.toml`, where they exist. Keys are the names of the
    /// builder's methods.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if a file cannot be read or is not valid TOML.
    pub fn builder_from_env() -> Result<ConfigBuilder> {
        Ok(ConfigBuilder::over(Layers::read()?))
    }

    /// Resolves the settings from environment, file and defaults.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] with the variable (or file and key) of the invalid value, and the values it
    /// accepts.
    pub fn from_env() -> Result<Self> {
        Self::builder_from_env()?.build()
    }

    /// Returns the effective discovery backend.
    #[must_use]
    pub fn discovery(&self) -> DiscoveryBackend {
        self.discovery.backend()
    }

    /// Returns the effective event plane.
    #[must_use]
    pub fn event_plane(&self) -> EventPlane {
        let unset =
            if self.discovery() == DiscoveryBackend::Memory { EventPlane::Memory } else { EventPlane::Zmq };
        self.event.event_plane.unwrap_or(unset)
    }

    /// Logs the warnings, and the effective settings in one line.
    pub(crate) fn announce(&self) {
        for warning in &self.warnings {
            tracing::warn!("{warning}");
        }
        let (discovery, events) = (self.discovery().show(), self.event_plane().show());
        let mut line = format!("discovery={discovery} events={events}");
        for (name, value) in self.effective() {
            line.push(' ');
            line.push_str(name);
            line.push('=');
            line.push_str(&value);
        }
        tracing::info!("settings: {line}");
    }

    /// Validates each group, and the rules that span groups.
    fn check(&self) -> Result<()> {
        let nats = self.request.request_plane == RequestPlane::Nats
            || self.event.event_plane == Some(EventPlane::Nats);
        self.discovery.check()?;
        self.nats.check(nats)?;
        self.request.check()?;
        self.event.check()?;
        self.response.check()?;
        self.call.check()?;
        self.health.check()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.effective()).finish()
    }
}
