//! The connection: its start, its state, its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectError, ConnectErrorKind, rustls};
use bytes::Bytes;
use futures::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::config::Config;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::runtime::Runtime;
use crate::runtime::backoff::Backoff;
use crate::transport::nats::connection_events::ConnectionEvents;
use crate::transport::nats::server::Servers;

/// How often to say what a start waits for.
const SAY_AGAIN: Duration = Duration::from_secs(5);
const FIRST_RETRY: Duration = Duration::from_millis(250);
const SLOWEST_RETRY: Duration = Duration::from_secs(2);

/// How long one attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(5);

/// How often the server is asked for a sign of life when nothing else comes from it; after two that stay unanswered the
/// connection is given up.
const PING: Duration = Duration::from_secs(5);

/// How often to look whether a lost connection is back.
const POLL: Duration = Duration::from_millis(10);

/// How long leaving may take.
const CLOSE: Duration = Duration::from_secs(2);

/// A connection that comes back by itself. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct NatsLink {
    pub(super) client: Client,
    events: Arc<ConnectionEvents>,
    /// The URL from the settings without user information.
    pub(super) server: Arc<str>,
}

impl NatsLink {
    /// Connects, waiting for the server if need be.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`] when the time for it is over, [`ErrorKind::Denied`] or [`ErrorKind::Invalid`] at once
    /// if waiting is of no use.
    pub(super) async fn connect(runtime: &Runtime, config: &Config) -> Result<Self> {
        // Without a choice, the TLS library panics in programs that contain two providers of cryptography.
        drop(rustls::crypto::ring::default_provider().install_default());
        let servers = Servers::of(config)?;
        let server: Arc<str> = servers.shown().into();
        let limit = config.nats_startup_connect_timeout;
        let start = Instant::now();
        let (deadline, mut say) = (start + limit, start);
        let mut backoff = Backoff::new(FIRST_RETRY, SLOWEST_RETRY, fastrand::Rng::new());
        loop {
            let events = Arc::new(ConnectionEvents::new(server.to_string()));
            let left = deadline.saturating_duration_since(Instant::now()).max(POLL);
            let cause: BoxError = match timeout(left, attempt(runtime, &servers, &events)).await {
                Ok(Ok(Ok(client))) => return Ok(Self { client, events, server }),
                Ok(Ok(Err(error))) => match hopeless(&error) {
                    Some(kind) => return Err(Error::new(kind, advice(kind, &server)).because(error)),
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
                return Err(Error::new(ErrorKind::Unreachable, what).because(cause));
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

    /// Which of the successive connections this is.
    pub(super) fn generation(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    /// Changes after the connection was lost.
    pub(super) fn losses(&self) -> watch::Receiver<u64> {
        self.events.losses.subscribe()
    }

    /// Waits for a lost connection to come back; whether it did. Looks at the state, because notices of it can be lost.
    pub(super) async fn up_before(&self, deadline: Instant) -> bool {
        while !self.is_up() {
            if self.events.closed.is_cancelled() || Instant::now() >= deadline {
                return false;
            }
            sleep(POLL).await;
        }
        true
    }

    /// Sends a message without headers, waiting for room at most until `deadline`.
    pub(super) async fn publish(
        &self,
        subject: impl async_nats::ToSubject,
        payload: Bytes,
        deadline: Instant,
    ) -> Result<(), BoxError> {
        Ok(timeout_at(deadline, self.client.publish(subject, payload)).await??)
    }

    /// Sends what is still to be sent and closes the connection. Bounded.
    pub(super) async fn close(&self) {
        let closing = async {
            if self.is_up() {
                self.client.flush().await.ok();
            }
            self.client.drain().await.ok();
            self.events.closed.cancelled().await;
        };
        if !self.events.closed.is_cancelled() && timeout(CLOSE, closing).await.is_err() {
            tracing::debug!(server = %self.server, "NATS could not be left in order");
        }
        self.events.closed.cancel();
    }
}

/// One attempt. The connection lives on the secondary pool: handlers that block the other one do not cost it.
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
    // Boxed, because it is large and would be part of every future that makes a runtime.
    runtime.on_secondary(async move { options.connect(urls).await }.boxed()).await
}

/// The pause before the given attempt to get a lost connection back. Full jitter: many clients lose it together.
fn reconnect_delay(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(10);
    let bound = Duration::from_millis(20).saturating_mul(1 << doublings).min(SLOWEST_RETRY);
    if attempt <= 1 { Duration::ZERO } else { bound.mul_f64(fastrand::f64()) }
}

/// What an error of a start means if it would not go away by itself.
fn hopeless(error: &ConnectError) -> Option<ErrorKind> {
    match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            Some(ErrorKind::Denied)
        }
        ConnectErrorKind::ServerParse | ConnectErrorKind::Tls => Some(ErrorKind::Invalid),
        _ => is_tls(error).then_some(ErrorKind::Invalid),
    }
}

/// Whether the TLS library refused the other side.
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
            "the NATS server at {server} (NATS_SERVER) refuses our credentials; check NATS_AUTH_USERNAME and \
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
