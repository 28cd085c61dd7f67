//! The pool of connections to other processes: few, shared, and opened one at a time per host.
//!
//! A dial serves all calls that wait for it, and so does its failure. A connection on which an acknowledgement was missed
//! takes no further calls; it closes when its last call has ended.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::request::RequestSettings;
use crate::observe::observer::Plane;
use crate::runtime::Runtime;
use crate::sync::Lock;
use crate::transport::net::dial::{DialError, Dialer};
use crate::transport::request::tcp::connection::{AckError, Connection, EncodedFrame};
use crate::wire::frame::ack::Ack;

/// Maximum number of connections tried for a request that is not written before they break.
const WRITE_TRIES: u32 = 3;

/// The connections to all hosts.
#[derive(Debug)]
pub(super) struct Pool {
    runtime: Runtime,
    hosts: Lock<HashMap<String, Arc<Host>>>,
    most: usize,
    capacity: usize,
    dialer: Dialer,
    ack_timeout: Duration,
    idle: Duration,
    token: CancellationToken,
}

/// The connections to one host.
#[derive(Debug)]
struct Host {
    connections: Lock<Vec<Connection>>,
    /// The dial in progress, shared by the calls that wait for it.
    dialing: Lock<Option<Dialing>>,
    used: Lock<Instant>,
    token: CancellationToken,
}

/// A dial. Its connection is added to the list of the host.
type Dialing = Shared<BoxFuture<'static, Result<(), DialFailure>>>;

/// Why a dial failed, cloned for each call that waited for it.
#[derive(Clone, Debug)]
enum DialFailure {
    TimedOut,
    Failed(Arc<str>),
}

impl From<DialFailure> for AckError {
    fn from(failure: DialFailure) -> Self {
        match failure {
            DialFailure::TimedOut => Self::ConnectTimeout,
            DialFailure::Failed(why) => Self::NotSent(why.as_ref().into()),
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.token.cancel();
    }
}

impl Pool {
    pub(super) fn new(runtime: Runtime, settings: &RequestSettings) -> Self {
        let token = runtime.child_token();
        Self {
            runtime,
            hosts: Lock::default(),
            most: settings.tcp_pool_size,
            capacity: settings.tcp_channel_buffer,
            dialer: Dialer::new(settings),
            ack_timeout: settings.tcp_request_timeout,
            idle: settings.tcp_host_idle_ttl,
            token,
        }
    }

    /// Sends a request to `address` and waits for its acknowledgement. If the connection breaks before the request is
    /// written, tries another one.
    pub(super) async fn send(&self, address: &str, outgoing: EncodedFrame) -> Result<Ack, AckError> {
        let host = self.host(address);
        let mut tries = WRITE_TRIES;
        loop {
            let connection = self.connection(&host, address).await?;
            tries -= 1;
            match connection.send(outgoing.clone(), self.ack_timeout).await {
                Err(AckError::NotWritten(why)) if tries > 0 => {
                    tracing::debug!(%address, %why, "a request goes over another connection");
                }
                sent => return sent,
            }
        }
    }

    /// Closes all connections.
    pub(super) fn close(&self) {
        self.token.cancel();
        self.hosts.lock().clear();
    }

    fn host(&self, address: &str) -> Arc<Host> {
        let now = Instant::now();
        let mut hosts = self.hosts.lock();
        if let Some(host) = hosts.get(address) {
            *host.used.lock() = now;
            return Arc::clone(host);
        }
        // New hosts are rare, so this is the moment to evict idle ones.
        hosts.retain(|_, host| {
            Arc::strong_count(host) > 1 || now.saturating_duration_since(*host.used.lock()) < self.idle
        });
        let host = Arc::new(Host {
            connections: Lock::default(),
            dialing: Lock::default(),
            used: Lock::new(now),
            token: self.token.child_token(),
        });
        hosts.insert(address.to_owned(), Arc::clone(&host));
        host
    }

    async fn connection(&self, host: &Arc<Host>, address: &str) -> Result<Connection, AckError> {
        if let Some(connection) = self.usable(host) {
            return Ok(connection);
        }
        // Addresses are numeric (docs/wire/discovery.md#tcp-address). Dynamo cannot reach a worker that
        // registers a name either.
        let target: SocketAddr = address.parse().map_err(|_| {
            AckError::NotSent(format!("its address {address:?} is not of the form ip:port").into())
        })?;
        loop {
            let dialing = {
                let mut dialing = host.dialing.lock();
                // A dial that ended meanwhile left its connection in the list; others may have filled it.
                if let Some(connection) = self.usable(host) {
                    return Ok(connection);
                }
                dialing.get_or_insert_with(|| self.dial(host, target)).clone()
            };
            dialing.await?;
        }
    }

    /// Starts a dial. It ends within the limit and adds the connection to the list of the host.
    fn dial(&self, host: &Arc<Host>, target: SocketAddr) -> Dialing {
        let (runtime, dialer) = (self.runtime.clone(), self.dialer);
        let (capacity, stall) = (self.capacity, self.ack_timeout);
        let host = Arc::downgrade(host);
        let dialing = async move {
            let dialing = runtime.on_primary(async move { dialer.dial(&target.to_string()).await });
            // Limits the wait for the primary pool too, which may be busy with handlers.
            let dialed = match timeout(dialer.limit(), dialing).await {
                Err(_) => Err(DialFailure::TimedOut),
                Ok(Err(ending)) => Err(DialFailure::Failed(ending.to_string().into())),
                Ok(Ok(dialed)) => dialed
                    .inspect_err(|error| {
                        runtime.observers().dial_failed(Plane::Request, Some(target), error);
                    })
                    .map_err(|error| match error {
                        DialError::TimedOut => DialFailure::TimedOut,
                        DialError::Failed(error) => {
                            DialFailure::Failed(format!("cannot connect to {target}: {error}").into())
                        }
                    }),
            };
            // The host was evicted, so no call waits.
            let Some(host) = host.upgrade() else { return Err(DialFailure::TimedOut) };
            let opened = dialed.map(|stream| {
                // If this fails, a loss is only noticed later.
                let _ = stream.expect_reader();
                let scope = runtime.observers().opened(Plane::Request, Some(target));
                Connection::start(&runtime, (stream, scope), capacity, stall, host.token.child_token())
            });
            let done = opened.map(|connection| host.connections.lock().push(connection));
            *host.dialing.lock() = None;
            done
        };
        let dialing = dialing.boxed().shared();
        // Spawned, so that the dial completes and keeps its connection even if all waiting calls are dropped.
        drop(self.runtime.spawn(dialing.clone().map(drop)));
        dialing
    }

    /// Returns the least busy connection, or `None` if all are full or busy and another one may be opened.
    fn usable(&self, host: &Host) -> Option<Connection> {
        let mut connections = host.connections.lock();
        connections.retain(Connection::is_usable);
        let least =
            connections.iter().min_by_key(|connection| (connection.is_busy(), connection.outstanding()))?;
        let free = least.outstanding() < self.capacity && !least.is_busy();
        (free || connections.len() >= self.most).then(|| least.clone())
    }
}
