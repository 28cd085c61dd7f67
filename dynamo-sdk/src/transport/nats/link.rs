//! The NATS connection: startup, state, close, and a new one when the task of the library ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectError, ConnectErrorKind, rustls};
use bytes::Bytes;
use futures::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::clock::after;
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

/// A connection that reconnects by itself. Clones share it.
///
/// The library reconnects when the server is lost. When its own task ends (it has panicked, or gave up), a supervisor
/// connects anew, and all subscriptions follow.
#[derive(Clone, Debug)]
pub(super) struct NatsLink {
    shared: Arc<LinkState>,
    /// The configured URL without user information.
    pub(super) server: Arc<str>,
}

#[derive(Debug)]
struct LinkState {
    session: watch::Sender<LinkSession>,
    events: Arc<ConnectionEvents>,
    /// Cancelled when this process closes the link.
    closed: CancellationToken,
}

/// One life of the library's connection task.
#[derive(Clone, Debug)]
pub(super) struct LinkSession {
    pub(super) client: Client,
    pub(super) number: u64,
    /// Cancelled when the task has ended, however it did.
    ended: CancellationToken,
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
        let (deadline, mut say) = (after(start, limit), start);
        let mut backoff = Backoff::new(FIRST_RETRY, SLOWEST_RETRY, fastrand::Rng::new());
        let events = Arc::new(ConnectionEvents::new(server.to_string(), runtime.observers().clone()));
        loop {
            let left = deadline.saturating_duration_since(Instant::now()).max(POLL);
            let cause: BoxError = match timeout(left, attempt(runtime, &servers, &events)).await {
                Ok(Ok(Ok(session))) => {
                    let session = watch::Sender::new(session);
                    let shared = Arc::new(LinkState { session, events, closed: CancellationToken::new() });
                    let link = Self { shared, server };
                    drop(runtime.spawn_secondary(supervise(runtime.clone(), link.clone(), servers)));
                    return Ok(link);
                }
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

    /// Returns the client of the current session.
    pub(super) fn client(&self) -> Client {
        self.shared.session.borrow().client.clone()
    }

    pub(super) fn is_up(&self) -> bool {
        let session = self.shared.session.borrow();
        session.client.connection_state() == State::Connected
            && !session.ended.is_cancelled()
            && !self.shared.closed.is_cancelled()
    }

    /// Returns the number of the current connection, counting sessions and reconnections.
    pub(super) fn generation(&self) -> (u64, u64) {
        let session = self.shared.session.borrow();
        (session.number, session.client.statistics().connects.load(Ordering::Relaxed))
    }

    /// Returns a counter that changes after each connection loss.
    pub(super) fn losses(&self) -> watch::Receiver<u64> {
        self.shared.events.losses.subscribe()
    }

    /// Returns the current session, for following it.
    pub(super) fn sessions(&self) -> watch::Receiver<LinkSession> {
        self.shared.session.subscribe()
    }

    /// Resolves when this process closes the link.
    pub(super) async fn closed(&self) {
        self.shared.closed.cancelled().await;
    }

    /// Waits for a lost connection; returns whether it came back in time. Polls the state, because
    /// notifications can be lost.
    pub(super) async fn up_before(&self, deadline: Instant) -> bool {
        while !self.is_up() {
            if self.shared.closed.is_cancelled() || Instant::now() >= deadline {
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
        Ok(timeout_at(deadline, self.client().publish(subject, payload)).await??)
    }

    /// Flushes pending messages and closes the connection. Bounded in time.
    pub(super) async fn close(&self) {
        let session = self.shared.session.borrow().clone();
        let closing = async {
            if self.is_up() {
                session.client.flush().await.ok();
            }
            self.shared.closed.cancel();
            session.client.drain().await.ok();
            session.ended.cancelled().await;
        };
        if timeout(CLOSE, closing).await.is_err() {
            tracing::debug!(server = %self.server, "cannot close the NATS connection cleanly");
        }
        self.shared.closed.cancel();
    }
}

/// Connects anew whenever the connection task of the library ends, until the link is closed.
async fn supervise(runtime: Runtime, link: NatsLink, servers: Servers) {
    let LinkState { session, events, closed } = &*link.shared;
    loop {
        let (ended, number) = {
            let session = session.borrow();
            (session.ended.clone(), session.number)
        };
        tokio::select! {
            biased;
            () = closed.cancelled() => return,
            () = ended.cancelled() => {}
        }
        events.task_ended();
        let mut backoff = Backoff::new(FIRST_RETRY, SLOWEST_RETRY, fastrand::Rng::new());
        let opened = async {
            loop {
                match timeout(ATTEMPT, attempt(&runtime, &servers, events)).await {
                    Ok(Ok(Ok(opened))) => return Some(opened),
                    Ok(Ok(Err(error))) => events.warn_once(format!("cannot connect anew: {error}")),
                    // The runtime is ending.
                    Ok(Err(_)) => return None,
                    Err(_) => events.warn_once("cannot connect anew: no answer".to_owned()),
                }
                sleep(backoff.delay()).await;
            }
        };
        let Some(Some(opened)) = closed.run_until_cancelled(opened).await else { return };
        session.send_replace(LinkSession { number: number + 1, ..opened });
    }
}

/// Makes one attempt. The connection lives on the secondary pool, where blocked handlers do not affect
/// it.
async fn attempt(
    runtime: &Runtime,
    servers: &Servers,
    events: &Arc<ConnectionEvents>,
) -> Result<Result<LinkSession, ConnectError>> {
    let heard = Arc::clone(events);
    let ended = CancellationToken::new();
    // The library drops the callback when its connection task is gone, also if that has panicked.
    let guard = ended.clone().drop_guard();
    let options = servers
        .options()
        .name("dynamo-sdk")
        .connection_timeout(ATTEMPT)
        .ping_interval(PING)
        .event_callback(move |event| {
            let _ = &guard;
            heard.hear(&event);
            std::future::ready(())
        })
        .reconnect_delay_callback(reconnect_delay);
    let urls = servers.urls.clone();
    // Boxed, because it is large and would become part of every future that creates a runtime.
    let connected = runtime.on_secondary(async move { options.connect(urls).await }.boxed()).await?;
    Ok(connected.map(|client| LinkSession { client, number: 0, ended }))
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
