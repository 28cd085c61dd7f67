//! Settings: one [`Config`], made once from builder over environment over file over default.
//!
//! This is the only module that reads the environment. Each subsystem has a group of settings in a file of
//! its name, with defaults, variables and rules; this file merges them. Names, units and defaults are
//! Dynamo's where Dynamo has the setting; the SDK's start with `DYN_SDK_`.

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
use crate::config::value::Value;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
pub use crate::wire::codec::Codec;

macro_rules! groups {
    ($($group:ident: $type:ty,)+) => {
        /// The settings of a runtime, complete and checked.
        #[derive(Clone)]
        pub struct Config {
            $(pub(crate) $group: $type,)+
            /// What is odd about the settings without being wrong; logged once.
            warnings: Vec<String>,
        }

        impl ConfigBuilder {
            /// Resolves every setting and checks them together.
            ///
            /// # Errors
            /// [`ErrorKind::Invalid`] naming the variable (or file and key) whose value is wrong, and what it
            /// may be.
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
            /// Returns the settings in effect as (variable, value), secrets masked.
            pub fn effective(&self) -> Vec<(&'static str, String)> {
                [$(self.$group.effective()),+].concat()
            }

            /// Returns the table of all settings: variable, default, meaning.
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
    /// Starts a builder over the defaults alone: no environment, no file.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// Starts a builder over environment, file and defaults.
    ///
    /// The files are the one named by `DYN_SDK_CONFIG`, or else `/opt/dynamo/etc/runtime.toml` over
    /// `/opt/dynamo/defaults/runtime.toml` where they exist. Their keys are the names of the builder's
    /// methods.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if a file cannot be read or is not TOML.
    pub fn builder_from_env() -> Result<ConfigBuilder> {
        Ok(ConfigBuilder::over(Layers::read()?))
    }

    /// Returns the settings of environment, file and defaults.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] naming the variable (or file and key) whose value is wrong, and what it may be.
    pub fn from_env() -> Result<Self> {
        Self::builder_from_env()?.build()
    }

    /// Returns the discovery backend in effect.
    #[must_use]
    pub fn discovery(&self) -> DiscoveryBackend {
        self.discovery.backend()
    }

    /// Returns the event plane in effect.
    #[must_use]
    pub fn event_plane(&self) -> EventPlane {
        let unset =
            if self.discovery() == DiscoveryBackend::Memory { EventPlane::Memory } else { EventPlane::Zmq };
        self.event.event_plane.unwrap_or(unset)
    }

    /// Logs the settings in effect as one line, and the warnings.
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

    /// Checks every group, and the rules between groups.
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
