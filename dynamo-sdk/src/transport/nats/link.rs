//! The NATS connection: startup, state, close.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectError, ConnectErrorKind, rustls};
use bytes::Bytes;
use futures::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::config::nats::NatsSettings;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::runtime::Runtime;
use crate::runtime::backoff::Backoff;
use crate::transport::nats::connection_events::ConnectionEvents;
use crate::transport::nats::server::Servers;

/// Interval between log lines while startup waits for the server.
const SAY_AGAIN: Duration = Duration::from_secs(5);
const FIRST_RETRY: Duration = Duration::from_millis(250);
const SLOWEST_RETRY: Duration = Duration::from_secs(2);

/// Time limit of one connection attempt.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Interval of pings on an idle connection. After two unanswered pings the connection counts as lost.
const PING: Duration = Duration::from_secs(5);

/// Poll interval while waiting for a lost connection.
const POLL: Duration = Duration::from_millis(10);

/// Time limit for closing.
const CLOSE: Duration = Duration::from_secs(2);

/// A self-reconnecting connection. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct NatsLink {
    pub(super) client: Client,
    events: Arc<ConnectionEvents>,
    /// The configured URL without user information.
    pub(super) server: Arc<str>,
}

impl NatsLink {
    /// Connects, waiting for the server if necessary.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`] after the startup limit, [`ErrorKind::Denied`] or
    /// [`ErrorKind::Invalid`] immediately if waiting cannot help.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub(super) async fn connect(runtime: &Runtime, settings: &NatsSettings) -> Result<Self> {
        // Selects a provider: rustls panics in programs that link two cryptography providers and choose
        // none.
        drop(rustls::crypto::ring::default_provider().install_default());
        let servers = Servers::of(settings)?;
        let server: Arc<str> = servers.shown().into();
        let limit = settings.nats_startup_connect_timeout;
        let start = Instant::now();
        let (deadline, mut say) = (start + limit, start);
        let mut backoff = Backoff::new(FIRST_RETRY, SLOWEST_RETRY, fastrand::Rng::new());
        loop {
            let events = Arc::new(ConnectionEvents::new(server.to_string(), runtime.observers().clone()));
            let left = deadline.saturating_duration_since(Instant::now()).max(POLL);
            let cause: BoxError = match timeout(left, attempt(runtime, &servers, &events)).await {
                Ok(Ok(Ok(client))) => return Ok(Self { client, events, server }),
                Ok(Ok(Err(error))) => match hopeless(&error) {
                    Some(kind) => return Err(Error::new(kind, advice(kind, &server)).with_source(error)),
                    None => error.into(),
                },
                Ok(Err(ended)) => return Err(ended),
                Err(_) => "no answer".into(),
            };
            let now = Instant::now();
            if now >= deadline {
                let what = format!(
                    "the NATS request plane is not reachable at {server} (NATS_SERVER) after {limit:?} \
                     (NATS_STARTUP_CONNECT_TIMEOUT_SECONDS); check the URL and that the server runs"
                );
                return Err(Error::new(ErrorKind::Unreachable, what).with_source(cause));
            }
            if now >= say {
                say = now + SAY_AGAIN;
                tracing::warn!(%server, cause = %crate::error::chain::chain(&*cause), waited = ?now - start, ?limit, "waiting for NATS, the request plane (NATS_SERVER)");
            }
            sleep(backoff.delay().min(deadline - now)).await;
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected && !self.events.closed.is_cancelled()
    }

    /// Returns the number of the current connection, counting reconnections.
    pub(super) fn generation(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    /// Returns a counter that changes after each connection loss.
    pub(super) fn losses(&self) -> watch::Receiver<u64> {
        self.events.losses.subscribe()
    }

    /// Waits for a lost connection; returns whether it came back in time. Polls the state, because
    /// notifications can be lost.
    pub(super) async fn up_before(&self, deadline: Instant) -> bool {
        while !self.is_up() {
            if self.events.closed.is_cancelled() || Instant::now() >= deadline {
                return false;
            }
            sleep(POLL).await;
        }
        true
    }

    /// Publishes a message without headers, waiting for room until `deadline` at most.
    pub(super) async fn publish(
        &self,
        subject: impl async_nats::ToSubject,
        payload: Bytes,
        deadline: Instant,
    ) -> Result<(), BoxError> {
        Ok(timeout_at(deadline, self.client.publish(subject, payload)).await??)
    }

    /// Flushes pending messages and closes the connection. Bounded in time.
    pub(super) async fn close(&self) {
        let closing = async {
            if self.is_up() {
                self.client.flush().await.ok();
            }
            self.client.drain().await.ok();
            self.events.closed.cancelled().await;
        };
        if !self.events.closed.is_cancelled() && timeout(CLOSE, closing).await.is_err() {
            tracing::debug!(server = %self.server, "cannot close the NATS connection cleanly");
        }
        self.events.closed.cancel();
    }
}

/// Makes one attempt. The connection lives on the secondary pool, where blocked handlers do not affect
/// it.
async fn attempt(
    runtime: &Runtime,
    servers: &Servers,
    events: &Arc<ConnectionEvents>,
) -> Result<Result<Client, ConnectError>> {
    let heard = Arc::clone(events);
    let options = servers
        .options()
        .name("dynamo-sdk")
        .connection_timeout(ATTEMPT)
        .ping_interval(PING)
        .event_callback(move |event| {
            heard.hear(&event);
            std::future::ready(())
        })
        .reconnect_delay_callback(reconnect_delay);
    let urls = servers.urls.clone();
    // Boxed, because it is large and would become part of every future that creates a runtime.
    runtime.on_secondary(async move { options.connect(urls).await }.boxed()).await
}

/// Returns the delay before a reconnection attempt. Full jitter: many clients lose a server at the same
/// time.
fn reconnect_delay(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(10);
    let bound = Duration::from_millis(20).saturating_mul(1 << doublings).min(SLOWEST_RETRY);
    if attempt <= 1 { Duration::ZERO } else { bound.mul_f64(fastrand::f64()) }
}

/// Returns the kind of a startup error that waiting cannot fix.
fn hopeless(error: &ConnectError) -> Option<ErrorKind> {
    match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            Some(ErrorKind::Denied)
        }
        ConnectErrorKind::ServerParse | ConnectErrorKind::Tls => Some(ErrorKind::Invalid),
        _ => is_tls(error).then_some(ErrorKind::Invalid),
    }
}

/// Returns whether the TLS library rejected the peer.
fn is_tls(error: &ConnectError) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if error.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn advice(kind: ErrorKind, server: &str) -> String {
    match kind {
        ErrorKind::Denied => format!(
            "the NATS server at {server} (NATS_SERVER) rejects the credentials; check NATS_AUTH_USERNAME and \
             NATS_AUTH_PASSWORD, or NATS_AUTH_TOKEN"
        ),
        _ => format!(
            "cannot connect to {server} (NATS_SERVER): check the URL, and for tls:// the certificate of the server"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_is_tried_at_once_and_then_ever_more_rarely() {
        assert_eq!((reconnect_delay(0), reconnect_delay(1)), (Duration::ZERO, Duration::ZERO));
        for attempt in 2..100 {
            assert!(reconnect_delay(attempt) <= SLOWEST_RETRY);
        }
        assert!(reconnect_delay(usize::MAX) <= SLOWEST_RETRY);
    }
}
