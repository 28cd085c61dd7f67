//! The etcd connection shared by lease, records and watches, and the classification of its errors.

use std::fmt;
use std::time::Duration;

use etcd_client::{Client, ConnectOptions, GetOptions, KvClient, WatchClient};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::config::discovery::DiscoverySettings;
use crate::config::server_url::{ServerUrl, UrlLogin};
use crate::error::ErrorKind;
use crate::wire::keys::Bucket;

/// Time limit for a single answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// The pauses between two attempts at the same thing.
pub(super) const FIRST_RETRY: Duration = Duration::from_millis(250);
pub(super) const SLOWEST_RETRY: Duration = Duration::from_secs(2);
const CONNECT: Duration = Duration::from_secs(2);
/// Maximum silence of a watch before it is probed.
const SILENCE: Duration = Duration::from_secs(5);
/// Maximum response size. The default of 4 MB is some ten thousand instances.
const MAX_MESSAGE: usize = 1 << 30;

/// A self-reconnecting channel to one server of the cluster. It is replaced, by one to the next server
/// if there are several, in three cases: the server is silent, because a connection can be dead without
/// having ended; the server no longer knows the auth token; another server may do better. A balanced
/// channel to all servers would keep sending its share of requests to a silent one.
pub(super) struct EtcdLink {
    urls: Vec<ServerUrl>,
    options: ConnectOptions,
    /// How long a watch may be silent before it is probed, and how long the answer may take.
    pub(super) heartbeat: (Duration, Duration),
    current: Mutex<Current>,
}

#[derive(Clone)]
struct Current {
    /// Counts the channels, and thereby selects the server.
    number: usize,
    client: Client,
}

impl EtcdLink {
    /// Opens the channel. Without credentials this does not wait for the server.
    pub(super) async fn open(settings: &DiscoverySettings) -> Result<Self, EtcdError> {
        let (urls, options) = (settings.etcd_urls().iter().cloned().collect::<Vec<_>>(), options(settings));
        let number = fastrand::usize(..urls.len());
        let client = connect(&urls[number], &options).await?;
        let positive = |wait: Duration| if wait.is_zero() { SILENCE } else { wait.min(SILENCE) };
        let heartbeat =
            (positive(settings.etcd_keepalive_interval), positive(settings.etcd_keepalive_timeout));
        Ok(Self { urls, options, heartbeat, current: Mutex::new(Current { number, client }) })
    }

    pub(super) fn describe(&self) -> String {
        format!("etcd at {}", self.urls.iter().map(ServerUrl::address).collect::<Vec<_>>().join(", "))
    }

    /// Checks that the server answers and grants read access.
    pub(super) async fn probe(&self) -> Result<(), EtcdError> {
        let options = GetOptions::new().with_prefix().with_limit(1).with_keys_only();
        let prefix = format!("{}/", Bucket::Instances);
        self.call(PATIENCE, |mut client| async move { client.get(prefix, Some(options)).await }).await?;
        Ok(())
    }

    /// Performs one request, or opens one stream, within `limit`.
    pub(super) async fn call<T, F>(
        &self,
        limit: Duration,
        request: impl FnOnce(Client) -> F,
    ) -> Result<T, EtcdError>
    where
        F: Future<Output = Result<T, etcd_client::Error>>,
    {
        let Current { number, client } = self.current.lock().await.clone();
        // Boxed, here and below, because the futures of `etcd-client` are large.
        let fault = match timeout(limit, Box::pin(request(client))).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => EtcdError::from(error),
            Err(_) => EtcdError::silent(limit),
        };
        let replace = match fault.kind {
            EtcdErrorKind::Silent | EtcdErrorKind::Token => true,
            EtcdErrorKind::Other => self.urls.len() > 1,
            _ => false,
        };
        if replace {
            self.replace(number).await;
        }
        Err(fault)
    }

    /// Returns the number of the channel that the next call uses.
    pub(super) async fn number(&self) -> usize {
        self.current.lock().await.number
    }

    /// Replaces the channel with this number, unless that has happened already.
    pub(super) async fn replace(&self, number: usize) {
        let mut current = self.current.lock().await;
        if current.number != number {
            return;
        }
        current.number = number.wrapping_add(1);
        match connect(&self.urls[current.number % self.urls.len()], &self.options).await {
            Ok(client) => current.client = client,
            // The old channel stays. If it fails again, the server after this one is tried.
            Err(fault) => tracing::debug!(error = %fault, "cannot reconnect to {}", self.describe()),
        }
    }
}

impl fmt::Debug for EtcdLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EtcdLink").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// Returns a key-value client that accepts large responses.
pub(super) fn kv(client: &Client) -> KvClient {
    client.kv_client().max_decoding_message_size(MAX_MESSAGE)
}

/// Returns a watch client that accepts large responses.
pub(super) fn watcher(client: &Client) -> WatchClient {
    client.watch_client().max_decoding_message_size(MAX_MESSAGE)
}

fn options(settings: &DiscoverySettings) -> ConnectOptions {
    let mut options = ConnectOptions::new()
        .with_connect_timeout(CONNECT)
        .with_timeout(PATIENCE)
        .with_require_leader(true)
        .with_auto_token_refresh(true);
    let (interval, wait) = (settings.etcd_keepalive_interval, settings.etcd_keepalive_timeout);
    if !interval.is_zero() && !wait.is_zero() {
        options = options.with_keep_alive(interval, wait).with_keep_alive_while_idle(true);
    }
    if let (Some(user), Some(password)) = (&settings.etcd_auth_username, &settings.etcd_auth_password) {
        options = options.with_user(user, password.expose());
    } else if let Some(UrlLogin { user, password: Some(password) }) = settings.etcd_urls().login() {
        options = options.with_user(user.expose(), password.expose());
    }
    options
}

async fn connect(url: &ServerUrl, options: &ConnectOptions) -> Result<Client, EtcdError> {
    match timeout(PATIENCE, Box::pin(Client::connect([url.address()], Some(options.clone())))).await {
        Ok(connected) => Ok(connected?),
        Err(_) => Err(EtcdError::silent(PATIENCE)),
    }
}

/// Classification of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EtcdErrorKind {
    /// No answer within the time limit.
    Silent,
    /// The credentials are invalid or lack permission.
    Denied,
    /// The server no longer accepts the auth token.
    Token,
    /// A malformed address.
    Invalid,
    /// The lease does not exist.
    NoLease,
    /// The lease already exists.
    LeaseExists,
    /// Anything else: connection lost, no leader, server overloaded.
    Other,
}

impl EtcdErrorKind {
    pub(super) fn error(self) -> ErrorKind {
        match self {
            Self::Silent => ErrorKind::TimedOut,
            Self::Denied | Self::Token => ErrorKind::Denied,
            Self::Invalid => ErrorKind::Invalid,
            Self::NoLease => ErrorKind::LeaseLost,
            Self::LeaseExists => ErrorKind::Internal,
            Self::Other => ErrorKind::Unreachable,
        }
    }
}

/// A classified failure with the message of the client library.
#[derive(Debug)]
pub(super) struct EtcdError {
    pub(super) kind: EtcdErrorKind,
    what: String,
}

impl EtcdError {
    pub(super) fn new(kind: EtcdErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into() }
    }

    pub(super) fn silent(limit: Duration) -> Self {
        Self::new(EtcdErrorKind::Silent, format!("no answer within {limit:?}"))
    }
}

/// The gRPC status codes that matter.
const CANCELLED: i32 = 1;
const DEADLINE_EXCEEDED: i32 = 4;
const PERMISSION_DENIED: i32 = 7;
const UNAUTHENTICATED: i32 = 16;

/// The etcd messages that matter, where the code is ambiguous.
const MESSAGES: [(&str, EtcdErrorKind); 7] = [
    ("lease not found", EtcdErrorKind::NoLease),
    ("lease already exists", EtcdErrorKind::LeaseExists),
    ("authentication failed", EtcdErrorKind::Denied),
    ("user name is empty", EtcdErrorKind::Denied),
    ("authentication is not enabled", EtcdErrorKind::Denied),
    ("invalid auth token", EtcdErrorKind::Token),
    ("revision of auth store is old", EtcdErrorKind::Token),
];

impl From<etcd_client::Error> for EtcdError {
    fn from(error: etcd_client::Error) -> Self {
        use etcd_client::Error as Etcd;
        // The `Display` of a status includes its metadata; the message suffices.
        let (code, what) = match &error {
            Etcd::GRpcStatus(status) => (i32::from(status.code()), causes(status.message(), status)),
            Etcd::TransportError(error) => (0, causes(&error.to_string(), error)),
            error => (0, error.to_string()),
        };
        let known = MESSAGES.iter().find(|(message, _)| what.contains(message));
        let kind = match (&error, known, code) {
            (Etcd::InvalidUri(_) | Etcd::InvalidArgs(_), ..) => EtcdErrorKind::Invalid,
            (_, Some((_, kind)), _) => *kind,
            (_, _, CANCELLED | DEADLINE_EXCEEDED) => EtcdErrorKind::Silent,
            (_, _, PERMISSION_DENIED) => EtcdErrorKind::Denied,
            (_, _, UNAUTHENTICATED) => EtcdErrorKind::Token,
            _ => EtcdErrorKind::Other,
        };
        Self::new(kind, what)
    }
}

/// Appends to `text` those causes that it does not already contain.
fn causes(text: &str, error: &dyn std::error::Error) -> String {
    let mut text = text.to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        let why = error.to_string();
        if !text.contains(&why) {
            text.push_str(": ");
            text.push_str(&why);
        }
        cause = error.source();
    }
    text
}

impl fmt::Display for EtcdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for EtcdError {}
