//! What the connection tells about itself: log lines, one per change, and a signal for calls that wait.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::{Event, ServerError};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::sync::Lock;

/// A complaint that comes again within this time is only counted.
const QUIET: Duration = Duration::from_secs(30);

/// How many different complaints are told apart.
const KINDS: usize = 64;

/// Listens to the connection.
#[derive(Debug)]
pub(super) struct ConnectionEvents {
    server: String,
    /// Counts how often the connection was lost.
    pub(super) losses: watch::Sender<u64>,
    /// Cancelled when the connection is closed for good.
    pub(super) closed: CancellationToken,
    complaints: Lock<HashMap<String, RepeatedWarning>>,
}

#[derive(Debug)]
struct RepeatedWarning {
    told: Instant,
    suppressed: u64,
}

impl ConnectionEvents {
    pub(super) fn new(server: String) -> Self {
        Self {
            server,
            losses: watch::Sender::new(0),
            closed: CancellationToken::new(),
            complaints: Lock::default(),
        }
    }

    pub(super) fn hear(&self, event: &Event) {
        let server = &self.server;
        match event {
            Event::Connected if *self.losses.borrow() > 0 => {
                self.complaints.lock().clear();
                tracing::info!(%server, "connected to NATS again");
            }
            Event::Connected => tracing::info!(%server, "connected to NATS"),
            Event::Disconnected => {
                self.losses.send_modify(|losses| *losses += 1);
                tracing::warn!(%server, "the connection to NATS is lost; requests wait for its return, running calls go on");
            }
            Event::LameDuckMode => tracing::info!(%server, "the NATS server is about to stop"),
            Event::Draining => tracing::debug!(%server, "leaving NATS"),
            Event::Closed => self.closed.cancel(),
            Event::SlowConsumer(_) => self.complain(
                "requests or replies were dropped here: they come faster than they are taken".to_owned(),
            ),
            Event::ServerError(ServerError::AuthorizationViolation) => {
                self.complain("the server refuses our credentials (NATS_AUTH_USERNAME, NATS_AUTH_PASSWORD, NATS_AUTH_TOKEN)".to_owned());
            }
            // Among these are subjects that we may not use.
            Event::ServerError(error) => self.complain(error.to_string()),
            Event::ClientError(error) => self.complain(error.to_string()),
        }
    }

    /// Warns, unless the same was said a moment ago.
    fn complain(&self, what: String) {
        let mut complaints = self.complaints.lock();
        let now = Instant::now();
        let suppressed = match complaints.get_mut(&what) {
            Some(known) if now.duration_since(known.told) < QUIET => {
                known.suppressed += 1;
                return;
            }
            Some(known) => {
                known.told = now;
                std::mem::take(&mut known.suppressed)
            }
            None => 0,
        };
        tracing::warn!(server = %self.server, suppressed, "NATS: {what}");
        if complaints.len() == KINDS {
            complaints.clear();
        }
        complaints.entry(what).or_insert(RepeatedWarning { told: now, suppressed: 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_complaint_is_made_once_and_then_counted() {
        let events = ConnectionEvents::new("nats://x".to_owned());
        let suppressed = |events: &ConnectionEvents| {
            events.complaints.lock().values().map(|known| known.suppressed).sum::<u64>()
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
        assert!(events.complaints.lock().len() <= KINDS);
    }

    #[test]
    fn a_loss_is_signalled() {
        let events = ConnectionEvents::new("nats://x".to_owned());
        let losses = events.losses.subscribe();
        events.hear(&Event::Connected);
        assert!(!losses.has_changed().unwrap());
        events.hear(&Event::Disconnected);
        assert!(losses.has_changed().unwrap());
    }
}
