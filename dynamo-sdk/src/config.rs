//! Settings: one [`Config`], made once from builder over environment over file over default.
//!
//! This is the only module that reads the environment. Names, units and defaults are Dynamo's where Dynamo has the
//! setting (WIRE.md section 9); ours start with `DYN_SDK_`.

pub(crate) mod events;
pub(crate) mod layers;
#[cfg(test)]
mod tests;
pub(crate) mod value;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use crate::config::events::EventPlane;
use crate::config::layers::Layers;
pub use crate::config::value::Secret;
use crate::config::value::{Value, without_login};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::codec::Codec;

/// Where instances are registered and found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiscoveryBackend {
    /// A cluster: etcd, at `ETCD_ENDPOINTS`.
    Etcd,
    /// Several processes of one machine: the directory `DYN_FILE_KV`.
    File,
    /// One process.
    Memory,
}

/// How requests reach an instance of another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestPlane {
    /// Dynamo's TCP request plane.
    Tcp,
    /// Dynamo's NATS request plane.
    Nats,
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr, $env:literal;)+) => {
        /// The settings of a runtime, complete and checked.
        #[derive(Clone)]
        pub struct Config {
            $($(#[doc = $doc])+ pub(crate) $field: $type,)+
            /// What is odd about the settings without being wrong; logged once.
            pub(crate) warnings: Vec<String>,
        }

        /// Collects what a program sets itself. Its values win over environment and file.
        #[derive(Clone, Default)]
        #[must_use = "a builder does nothing until `build`"]
        pub struct ConfigBuilder {
            environment: Option<Layers>,
            $($field: Option<$type>,)+
        }

        impl fmt::Debug for Config {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_map().entries(self.effective()).finish()
            }
        }

        impl fmt::Debug for ConfigBuilder {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("ConfigBuilder").finish_non_exhaustive()
            }
        }

        impl ConfigBuilder {
            $($(#[doc = $doc])+ pub fn $field(mut self, value: impl Into<$type>) -> Self {
                self.$field = Some(value.into());
                self
            })+

            /// Resolves every setting and checks them together.
            ///
            /// # Errors
            /// [`ErrorKind::Invalid`] naming the variable (or file and key) whose value is wrong, and what it may be.
            pub fn build(self) -> Result<Config> {
                let layers = self.environment.unwrap_or_default();
                let config = Config {
                    $($field: match self.$field {
                        Some(value) => value,
                        None => layers.get($env, stringify!($field))?.unwrap_or_else(|| $default),
                    },)+
                    warnings: layers.warnings(&[$(($env, stringify!($field))),+]),
                };
                config.checked()
            }
        }

        impl Config {
            /// The settings in effect as (variable, value), secrets masked.
            pub fn effective(&self) -> Vec<(&'static str, String)> {
                vec![$(($env, self.$field.show())),+]
            }

            /// The table of all settings, as in the README: variable, default, meaning.
            #[must_use]
            pub fn table() -> Vec<(&'static str, String, String)> {
                vec![$(($env, { let default: $type = $default; default.show() }, concat!($($doc),+).trim().to_owned())),+]
            }
        }
    };
}

settings! {
    /// Where instances are registered: `etcd`, `file` or `mem`. Unset: etcd if `ETCD_ENDPOINTS` is set, else file.
    discovery_backend: Option<DiscoveryBackend> = None, "DYN_DISCOVERY_BACKEND";
    /// URLs of the etcd cluster, separated by commas. Unset: `http://localhost:2379`.
    etcd_endpoints: Vec<String> = Vec::new(), "ETCD_ENDPOINTS";
    /// Seconds until the records of a dead process disappear from etcd.
    etcd_lease_ttl: Duration = Duration::from_secs(30), "ETCD_LEASE_TTL";
    /// Seconds to wait for etcd at start before giving up.
    etcd_startup_connect_timeout: Duration = Duration::from_secs(120), "ETCD_STARTUP_CONNECT_TIMEOUT_SECONDS";
    /// Seconds between HTTP/2 pings on the etcd connection; 0 is off.
    etcd_keepalive_interval: Duration = Duration::from_secs(15), "ETCD_KEEPALIVE_INTERVAL_SECONDS";
    /// Seconds to wait for the answer to such a ping before the connection counts as dead.
    etcd_keepalive_timeout: Duration = Duration::from_secs(10), "ETCD_KEEPALIVE_TIMEOUT_SECONDS";
    /// User name at etcd.
    etcd_auth_username: Option<String> = None, "ETCD_AUTH_USERNAME";
    /// Password at etcd.
    etcd_auth_password: Option<Secret> = None, "ETCD_AUTH_PASSWORD";
    /// Directory of file discovery. Unset: `dynamo_store_kv` in the directory for temporary files.
    file_kv: Option<PathBuf> = None, "DYN_FILE_KV";
    /// Seconds after which file discovery takes a process without a sign of life for dead. All processes that share the
    /// directory must agree; Dynamo's is 10.
    file_ttl: Duration = Duration::from_secs(10), "DYN_SDK_FILE_TTL_SECS";

    /// How requests travel to other processes: `tcp` or `nats`.
    request_plane: RequestPlane = RequestPlane::Tcp, "DYN_REQUEST_PLANE";
    /// The payload codec that this process asks its callers for: `msgpack` or `json`.
    request_plane_codec: Codec = Codec::MsgPack, "DYN_REQUEST_PLANE_CODEC";
    /// Address or interface the request port listens on. Unset: loopback with file and memory discovery, else the address
    /// the kernel would use towards etcd.
    tcp_rpc_host: Option<String> = None, "DYN_TCP_RPC_HOST";
    /// Port for requests; 0 lets the system choose.
    tcp_rpc_port: u16 = 0, "DYN_TCP_RPC_PORT";
    /// Address (`ip` or `ip:port`) to register instead of the one listened on.
    tcp_rpc_advertise: Option<String> = None, "DYN_SDK_TCP_RPC_ADVERTISE";
    /// Largest request message in bytes, on either side.
    tcp_max_message_size: usize = 33_554_432, "DYN_TCP_MAX_MESSAGE_SIZE";
    /// Seconds to wait for the acknowledgement of a request over TCP.
    tcp_request_timeout: Duration = Duration::from_secs(5), "DYN_TCP_REQUEST_TIMEOUT";
    /// Seconds to wait for a TCP connection, to an instance or back to a caller.
    tcp_connect_timeout: Duration = Duration::from_secs(5), "DYN_TCP_CONNECT_TIMEOUT";
    /// Most connections to one instance.
    tcp_pool_size: usize = 100, "DYN_TCP_POOL_SIZE";
    /// Most requests that wait for their acknowledgement on one connection.
    tcp_channel_buffer: usize = 1024, "DYN_TCP_CHANNEL_BUFFER";
    /// Seconds after which an unused connection is closed.
    tcp_host_idle_ttl: Duration = Duration::from_secs(300), "DYN_TCP_HOST_IDLE_TTL_SECS";
    /// Most requests that this process handles at a time.
    tcp_worker_pool_size: usize = 10_000, "DYN_TCP_WORKER_POOL_SIZE";
    /// Most requests that wait for that; one more is refused as overload.
    tcp_work_queue_size: usize = 40_000, "DYN_TCP_WORK_QUEUE_SIZE";

    /// How events travel: `zmq`, `nats` or `memory`. Unset: memory with memory discovery, else zmq, which is what Dynamo
    /// processes use, and needs no server.
    event_plane: Option<EventPlane> = None, "DYN_EVENT_PLANE";
    /// Address or interface that publishers of events are reached at over ZMQ; they then listen on all addresses. Unset: as
    /// for the request port, and they listen there only.
    event_plane_host: Option<String> = None, "DYN_EVENT_PLANE_HOST";
    /// Most events that wait to be read by a subscriber on any event plane, and over ZMQ to be sent to one; then the oldest
    /// are dropped and counted. No more than 64 MiB wait in one queue.
    event_queue: usize = 100_000, "DYN_ZMQ_EVENT_SUBSCRIBER_CHANNEL_CAPACITY";
    /// Largest event in bytes, on either side.
    max_event_size: usize = 33_554_432, "DYN_SDK_MAX_EVENT_SIZE";

    /// URL of the NATS server, `nats://` or `tls://`.
    nats_server: String = "nats://localhost:4222".to_owned(), "NATS_SERVER";
    /// User name at NATS.
    nats_auth_username: Option<String> = None, "NATS_AUTH_USERNAME";
    /// Password at NATS.
    nats_auth_password: Option<Secret> = None, "NATS_AUTH_PASSWORD";
    /// Token at NATS.
    nats_auth_token: Option<Secret> = None, "NATS_AUTH_TOKEN";
    /// Seconds to wait for the acknowledgement of a request over NATS.
    nats_request_timeout: Duration = Duration::from_secs(10), "DYN_NATS_REQUEST_TIMEOUT_SECS";
    /// Seconds to wait for NATS at start before giving up.
    nats_startup_connect_timeout: Duration = Duration::from_secs(120), "NATS_STARTUP_CONNECT_TIMEOUT_SECONDS";

    /// Address or interface the response listener uses. Unset: as for the request port.
    tcp_response_stream_host: Option<String> = None, "DYN_TCP_RESPONSE_STREAM_HOST";
    /// Port for response streams; 0 lets the system choose.
    tcp_response_stream_port: u16 = 0, "DYN_TCP_RESPONSE_STREAM_PORT";
    /// Address (`host` or `host:port`) to give to workers instead of the one listened on.
    tcp_response_stream_advertise: Option<String> = None, "DYN_SDK_TCP_RESPONSE_ADVERTISE";
    /// Connections that the system holds until they are accepted.
    tcp_listen_backlog: u32 = 4096, "DYN_TCP_LISTEN_BACKLOG";
    /// Largest item of a response in bytes.
    max_item_size: usize = 1 << 30, "DYN_SDK_MAX_ITEM_SIZE";

    /// Seconds a call waits for an instance to appear.
    instance_wait: Duration = Duration::from_secs(5), "DYN_SDK_INSTANCE_WAIT_SECS";
    /// Seconds from the acknowledgement to the first item; 0 is off.
    first_item_timeout: Duration = Duration::from_secs(60), "DYN_SDK_FIRST_ITEM_TIMEOUT_SECS";
    /// Seconds of silence between two items; 0 is off.
    stream_timeout: Duration = Duration::from_secs(60), "DYN_HTTP_BACKEND_STREAM_TIMEOUT_SECS";
    /// Most instances a call is sent to, one after the other, when it certainly did not run; 1 is no second try.
    max_attempts: u32 = 3, "DYN_SDK_MAX_ATTEMPTS";

    /// Threads of the primary pool; 0 is one for each core.
    num_worker_threads: usize = 0, "DYN_RUNTIME_NUM_WORKER_THREADS";
    /// Most threads for blocking work; 0 is 512.
    max_blocking_threads: usize = 0, "DYN_RUNTIME_MAX_BLOCKING_THREADS";
    /// Threads of the secondary pool.
    secondary_threads: usize = 1, "DYN_SDK_SECONDARY_THREADS";
    /// Seconds to go on accepting calls after the records were taken away, while callers notice.
    shutdown_converge: Duration = Duration::from_millis(250), "DYN_SDK_SHUTDOWN_CONVERGE_SECS";
    /// Seconds to wait for calls in flight at shutdown before they are stopped.
    graceful_shutdown_timeout: Duration = Duration::from_secs(900), "DYN_RUNTIME_GRACEFUL_SHUTDOWN_TIMEOUT_SECS";
    /// Seconds that stopped calls have to end, and again that killed ones have.
    shutdown_grace: Duration = Duration::from_secs(2), "DYN_SDK_SHUTDOWN_GRACE_SECS";

    /// Seconds between two looks at the health of what is served, and until a canary is sent to an endpoint without traffic.
    canary_wait_time: Duration = Duration::from_secs(10), "DYN_CANARY_WAIT_TIME";
    /// Seconds that a canary or a health hook has to answer.
    health_check_request_timeout: Duration = Duration::from_secs(3), "DYN_HEALTH_CHECK_REQUEST_TIMEOUT";

    /// Log filter, as in `info,dynamo_sdk=debug` (feature `logging`).
    log: String = "info".to_owned(), "DYN_LOG";
    /// Log lines as JSON.
    logging_jsonl: bool = false, "DYN_LOGGING_JSONL";
}

impl Config {
    /// Starts a builder over the defaults alone: no environment, no file.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// Starts a builder over environment, file and defaults.
    ///
    /// The files are the one named by `DYN_SDK_CONFIG`, or else `/opt/dynamo/etc/runtime.toml` over
    /// `/opt/dynamo/defaults/runtime.toml` where they exist. Their keys are the names of the builder's methods.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if a file cannot be read or is not TOML.
    pub fn builder_from_env() -> Result<ConfigBuilder> {
        Ok(ConfigBuilder { environment: Some(Layers::read()?), ..ConfigBuilder::default() })
    }

    /// The settings of environment, file and defaults.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] naming the variable (or file and key) whose value is wrong, and what it may be.
    pub fn from_env() -> Result<Self> {
        Self::builder_from_env()?.build()
    }

    /// The backend in effect.
    #[must_use]
    pub fn discovery(&self) -> DiscoveryBackend {
        self.discovery_backend.unwrap_or(if self.etcd_endpoints.is_empty() {
            DiscoveryBackend::File
        } else {
            DiscoveryBackend::Etcd
        })
    }

    /// The directory of file discovery in effect.
    pub(crate) fn file_root(&self) -> PathBuf {
        self.file_kv.clone().unwrap_or_else(|| std::env::temp_dir().join("dynamo_store_kv"))
    }

    /// The etcd URLs in effect.
    pub(crate) fn etcd_urls(&self) -> Vec<String> {
        if self.etcd_endpoints.is_empty() {
            vec!["http://localhost:2379".to_owned()]
        } else {
            self.etcd_endpoints.clone()
        }
    }

    /// Writes the settings in effect as one log line, and the warnings.
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

    /// Rules that a single value cannot tell.
    fn checked(self) -> Result<Self> {
        let invalid = |what: String| Err(Error::new(ErrorKind::Invalid, what));
        if self.discovery() == DiscoveryBackend::Etcd {
            for url in self.etcd_urls() {
                check_url("ETCD_ENDPOINTS", &url, &["http", "https"])?;
            }
            if self.etcd_auth_username.is_some() != self.etcd_auth_password.is_some() {
                return invalid("set both ETCD_AUTH_USERNAME and ETCD_AUTH_PASSWORD, or neither".to_owned());
            }
        }
        if self.request_plane == RequestPlane::Nats || self.event_plane == Some(EventPlane::Nats) {
            check_url("NATS_SERVER", &self.nats_server, &["nats", "tls"])?;
        }
        for (name, value, least) in [
            ("ETCD_LEASE_TTL", self.etcd_lease_ttl, 1),
            ("DYN_SDK_FILE_TTL_SECS", self.file_ttl, 1),
            ("DYN_TCP_CONNECT_TIMEOUT", self.tcp_connect_timeout, 0),
            ("DYN_TCP_REQUEST_TIMEOUT", self.tcp_request_timeout, 0),
            ("DYN_NATS_REQUEST_TIMEOUT_SECS", self.nats_request_timeout, 0),
            ("DYN_CANARY_WAIT_TIME", self.canary_wait_time, 0),
            ("DYN_HEALTH_CHECK_REQUEST_TIMEOUT", self.health_check_request_timeout, 0),
        ] {
            if value < Duration::from_secs(least) || value.is_zero() {
                let least = if least == 0 { "more than 0".to_owned() } else { format!("at least {least}") };
                return invalid(format!("{name} is {} seconds; it must be {least}", value.as_secs_f64()));
            }
        }
        for (name, value) in [
            ("DYN_TCP_POOL_SIZE", self.tcp_pool_size),
            ("DYN_TCP_CHANNEL_BUFFER", self.tcp_channel_buffer),
            ("DYN_TCP_WORKER_POOL_SIZE", self.tcp_worker_pool_size),
            ("DYN_TCP_MAX_MESSAGE_SIZE", self.tcp_max_message_size),
            ("DYN_SDK_MAX_ITEM_SIZE", self.max_item_size),
            ("DYN_SDK_MAX_EVENT_SIZE", self.max_event_size),
            ("DYN_ZMQ_EVENT_SUBSCRIBER_CHANNEL_CAPACITY", self.event_queue),
            ("DYN_SDK_MAX_ATTEMPTS", self.max_attempts as usize),
        ] {
            if value == 0 {
                return invalid(format!("{name} is 0; it must be at least 1"));
            }
        }
        Ok(self)
    }

    /// Whether this build has what the settings ask for.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] naming the variable and the feature.
    pub(crate) fn check_built_in(&self) -> Result<()> {
        let etcd = self.discovery() == DiscoveryBackend::Etcd;
        let missing = if etcd && !cfg!(feature = "etcd") {
            Some(("etcd discovery (DYN_DISCOVERY_BACKEND=etcd, or ETCD_ENDPOINTS is set)", "etcd"))
        } else {
            match self.request_plane {
                RequestPlane::Nats if !cfg!(feature = "nats") => Some(("DYN_REQUEST_PLANE=nats", "nats")),
                RequestPlane::Tcp if !cfg!(feature = "tcp") => Some(("DYN_REQUEST_PLANE=tcp", "tcp")),
                _ => match self.event_plane {
                    Some(EventPlane::Zmq) if !cfg!(feature = "zmq") => Some(("DYN_EVENT_PLANE=zmq", "zmq")),
                    Some(EventPlane::Nats) if !cfg!(feature = "nats") => {
                        Some(("DYN_EVENT_PLANE=nats", "nats"))
                    }
                    _ => None,
                },
            }
        };
        let Some((what, feature)) = missing else { return Ok(()) };
        let text = format!("{what} is not built in; build with --features {feature}, or change the setting");
        Err(Error::new(ErrorKind::Invalid, text))
    }
}

/// Checks that `url` is `scheme://host…` with one of `schemes`.
fn check_url(variable: &str, url: &str, schemes: &[&str]) -> Result<()> {
    let good = url.split_once("://").is_some_and(|(scheme, rest)| {
        schemes.contains(&scheme)
            && !rest.trim_start_matches('/').is_empty()
            && !rest.contains(char::is_whitespace)
    });
    if good {
        return Ok(());
    }
    let forms: Vec<String> = schemes.iter().map(|scheme| format!("{scheme}://HOST:PORT")).collect();
    Err(Error::new(
        ErrorKind::Invalid,
        format!("{variable}: {:?} is not a URL of the form {}", without_login(url), forms.join(" or ")),
    ))
}
