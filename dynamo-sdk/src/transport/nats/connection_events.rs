//! Connection events: deduplicated log lines, and a signal for pending requests.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::{Event, ServerError};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::observe::observer::{ConnectionInfo, ConnectionPhase, Direction, Plane};
use crate::observe::observers::Observers;
use crate::sync::Lock;

/// A warning repeated within this time is only counted.
const QUIET: Duration = Duration::from_secs(30);

/// Maximum number of distinct warnings tracked.
const KINDS: usize = 64;

/// Handles the events of a connection.
#[derive(Debug)]
pub(super) struct ConnectionEvents {
    server: String,
    /// Counts connection losses.
    pub(super) losses: watch::Sender<u64>,
    observers: Observers,
    warnings: Lock<HashMap<String, RepeatedWarning>>,
}

#[derive(Debug)]
struct RepeatedWarning {
    logged_at: Instant,
    suppressed: u64,
}

impl ConnectionEvents {
    pub(super) fn new(server: String, observers: Observers) -> Self {
        Self { server, losses: watch::Sender::new(0), observers, warnings: Lock::default() }
    }

    fn report(&self, phase: ConnectionPhase<'_>) {
        let connection = ConnectionInfo::new(Plane::Nats, Direction::Outbound, None);
        self.observers.connection(&connection, phase);
    }

    pub(super) fn hear(&self, event: &Event) {
        let server = &self.server;
        match event {
            Event::Connected if *self.losses.borrow() > 0 => {
                self.warnings.lock().clear();
                self.report(ConnectionPhase::Reopened);
                tracing::info!(%server, "reconnected to NATS");
            }
            Event::Connected => {
                self.report(ConnectionPhase::Opened);
                tracing::info!(%server, "connected to NATS");
            }
            Event::Disconnected => {
                self.losses.send_modify(|losses| *losses += 1);
                self.report(ConnectionPhase::Lost);
                tracing::warn!(%server, "lost the connection to NATS; new requests wait for it, running calls continue");
            }
            Event::LameDuckMode => tracing::info!(%server, "the NATS server is shutting down"),
            Event::Draining => tracing::debug!(%server, "draining the NATS connection"),
            Event::Closed => self.report(ConnectionPhase::Closed),
            Event::SlowConsumer(_) => self.warn_once(
                "slow consumer: requests or replies arrived faster than they were handled and were dropped"
                    .to_owned(),
            ),
            Event::ServerError(ServerError::AuthorizationViolation) => {
                self.warn_once("the server rejects the credentials (NATS_AUTH_USERNAME, NATS_AUTH_PASSWORD, NATS_AUTH_TOKEN)".to_owned());
            }
            // Includes permission violations for a subject.
            Event::ServerError(error) => self.warn_once(error.to_string()),
            Event::ClientError(error) => self.warn_once(error.to_string()),
        }
    }

    /// Reports that the library's connection task ended although nobody closed it.
    pub(super) fn task_ended(&self) {
        self.losses.send_modify(|losses| *losses += 1);
        self.report(ConnectionPhase::Lost);
        tracing::error!(server = %self.server, "the task of the NATS connection ended; connecting anew");
    }

    /// Logs a warning, unless it was logged a moment ago.
    pub(super) fn warn_once(&self, what: String) {
        let mut warnings = self.warnings.lock();
        let now = Instant::now();
        let suppressed = match warnings.get_mut(&what) {
            Some(known) if now.duration_since(known.logged_at) < QUIET => {
                known.suppressed += 1;
                return;
            }
            Some(known) => {
                known.logged_at = now;
                std::mem::take(&mut known.suppressed)
            }
            None => 0,
        };
        tracing::warn!(server = %self.server, suppressed, "NATS: {what}");
        if warnings.len() == KINDS {
            warnings.clear();
        }
        warnings.entry(what).or_insert(RepeatedWarning { logged_at: now, suppressed: 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_warning_is_logged_once_and_then_counted() {
        let events = ConnectionEvents::new("nats://x".to_owned(), Observers::default());
        let suppressed = |events: &ConnectionEvents| {
            events.warnings.lock().values().map(|known| known.suppressed).sum::<u64>()
        };
        for _ in 0..5 {
            events.hear(&Event::SlowConsumer(1));
        }
        assert_eq!(suppressed(&events), 4);
        tokio::time::advance(QUIET).await;
        events.hear(&Event::SlowConsumer(1));
        assert_eq!(suppressed(&events), 0);
        for kind in 0..1000 {
            events.hear(&Event::ServerError(ServerError::Other(kind.to_string())));
        }
        assert!(events.warnings.lock().len() <= KINDS);
    }

    #[test]
    fn a_loss_is_signalled() {
        let events = ConnectionEvents::new("nats://x".to_owned(), Observers::default());
        let losses = events.losses.subscribe();
        events.hear(&Event::Connected);
        assert!(!losses.has_changed().unwrap());
        events.hear(&Event::Disconnected);
        assert!(losses.has_changed().unwrap());
    }
}
