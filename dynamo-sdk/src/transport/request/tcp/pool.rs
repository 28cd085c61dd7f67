//! The pool of connections to other processes: few, shared, and opened one at a time per host.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::request::RequestSettings;
use crate::observe::observer::Plane;
use crate::runtime::Runtime;
use crate::sync::Lock;
use crate::transport::net::dial::{DialError, dial};
use crate::transport::request::tcp::connection::{AckError, Connection, EncodedFrame};
use crate::wire::frame::ack::Ack;

/// The connections to all hosts.
#[derive(Debug)]
pub(super) struct Pool {
    runtime: Runtime,
    hosts: Lock<HashMap<String, Arc<Host>>>,
    most: usize,
    capacity: usize,
    connect_timeout: Duration,
    ack_timeout: Duration,
    idle: Duration,
    token: CancellationToken,
}

/// The connections to one host.
#[derive(Debug)]
struct Host {
    connections: Lock<Vec<Connection>>,
    /// Held while dialing, so that concurrent calls to a new host open one connection.
    opening: tokio::sync::Mutex<()>,
    used: Lock<Instant>,
    token: CancellationToken,
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
            connect_timeout: settings.tcp_connect_timeout,
            ack_timeout: settings.tcp_request_timeout,
            idle: settings.tcp_host_idle_ttl,
            token,
        }
    }

    /// Sends a request to `address` and waits for its acknowledgement.
    pub(super) async fn send(&self, address: &str, outgoing: EncodedFrame) -> Result<Ack, AckError> {
        let host = self.host(address);
        let connection = self.connection(&host, address).await?;
        connection.send(outgoing, self.ack_timeout).await
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
            opening: tokio::sync::Mutex::default(),
            used: Lock::new(now),
            token: self.token.child_token(),
        });
        hosts.insert(address.to_owned(), Arc::clone(&host));
        host
    }

    async fn connection(&self, host: &Host, address: &str) -> Result<Connection, AckError> {
        if let Some(connection) = self.usable(host) {
            return Ok(connection);
        }
        let _opening = host.opening.lock().await;
        // Another call may have opened one meanwhile.
        if let Some(connection) = self.usable(host) {
            return Ok(connection);
        }
        // Addresses are numeric (docs/wire/discovery.md#tcp-address). Dynamo cannot reach a worker that
        // registers a name either.
        let target: SocketAddr = address.parse().map_err(|_| {
            AckError::NotSent(format!("its address {address:?} is not of the form ip:port").into())
        })?;
        let limit = self.connect_timeout;
        let dialing = self.runtime.on_primary(async move { dial(&target.to_string(), limit).await });
        // Limits the wait for the primary pool too, which may be busy with handlers.
        let dialed = timeout(limit, dialing).await.map_err(|_| AckError::ConnectTimeout)?;
        let dialed = dialed.map_err(|ending| AckError::NotSent(ending.into()))?;
        let stream = dialed
            .inspect_err(|error| self.runtime.observers().dial_failed(Plane::Request, Some(target), error))
            .map_err(|error| match error {
                DialError::TimedOut => AckError::ConnectTimeout,
                DialError::Failed(error) => {
                    AckError::NotSent(format!("cannot connect to {target}: {error}").into())
                }
            })?;
        let scope = self.runtime.observers().opened(Plane::Request, Some(target));
        let connection =
            Connection::start(&self.runtime, (stream, scope), self.capacity, host.token.child_token());
        host.connections.lock().push(connection.clone());
        Ok(connection)
    }

    /// Returns the least busy connection, or `None` if all are full and another one may be opened.
    fn usable(&self, host: &Host) -> Option<Connection> {
        let mut connections = host.connections.lock();
        connections.retain(|connection| !connection.is_broken());
        let least = connections.iter().min_by_key(|connection| connection.outstanding())?;
        (least.outstanding() < self.capacity || connections.len() >= self.most).then(|| least.clone())
    }
}
