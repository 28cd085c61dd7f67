//! The task that keeps the lease alive and restores the records after a loss. `lease.rs` decides when to
//! do what.

use std::sync::Arc;
use std::time::Duration;

use etcd_client::{LeaseKeepAliveResponse, LeaseKeepAliveStream, LeaseKeeper};
use futures::future::{BoxFuture, FutureExt};
use tokio::time::{Instant, sleep_until, timeout};

use crate::discovery::contract::LeaseState;
use crate::discovery::etcd::link::{EtcdError, EtcdErrorKind};
use crate::discovery::etcd::session::Session;
use crate::discovery::lease::{Attempt, Lease, LeaseEvent};

struct Stream {
    /// The number of the channel that it uses.
    number: usize,
    keeper: LeaseKeeper,
    answers: LeaseKeepAliveStream,
}

/// Background work beside the renewals. Ends with an event, or with nothing to report.
type SideTask = BoxFuture<'static, Option<LeaseEvent>>;

/// Keeps the lease until dropped.
pub(super) async fn keep(session: Arc<Session>, mut lease: Lease) {
    let (mut stream, mut work) = (None, None);
    loop {
        let event = tokio::select! {
            () = sleep_until(lease.next().at()) => Some(attempt(&session, &lease, &mut stream).await),
            event = listen(&mut stream) => event,
            event = finish(&mut work) => event,
        };
        let Some(event) = event else { continue };
        let step = lease.on(event);
        if step.restore {
            // Running work continues across renewals; a loss ends it.
            work.get_or_insert_with(|| {
                let session = Arc::clone(&session);
                async move { session.restore().await }.map(|()| Some(LeaseEvent::Restored)).boxed()
            });
        } else if matches!(step.next, Attempt::Grant { .. }) {
            (stream, work) = (None, None);
        } else if work.is_none() && matches!(event, LeaseEvent::Alive { .. }) && session.is_untidy() {
            let session = Arc::clone(&session);
            work = Some(async move { session.tidy().await }.map(|()| None).boxed());
        }
        announce(&session, lease.state());
    }
}

/// Publishes every transition to the log and to watchers of the lease state.
fn announce(session: &Session, state: LeaseState) {
    let changed = session.state.send_if_modified(|now| {
        let changes = *now != state && *now != LeaseState::Closed;
        if changes {
            *now = state;
        }
        changes
    });
    match state {
        LeaseState::Lost { .. } if changed => {
            tracing::warn!("lost lease {:x} at {}; requesting it again", session.id, session.describe());
        }
        LeaseState::Held if changed => {
            tracing::info!("restored lease {:x} at {} and all records", session.id, session.describe());
        }
        _ => {}
    }
}

async fn attempt(session: &Session, lease: &Lease, stream: &mut Option<Stream>) -> LeaseEvent {
    let sent = Instant::now();
    let patience = lease.patience(sent);
    let outcome = match lease.next() {
        Attempt::Grant { .. } => session.grant(patience).await,
        Attempt::Renew { .. } => renew(session, patience, stream).await,
    };
    let at = Instant::now();
    match outcome {
        Ok(ttl) => LeaseEvent::Alive { ttl, sent, at },
        Err(fault) => {
            *stream = None;
            tracing::debug!(error = %fault, "cannot renew lease {:x}", session.id);
            if fault.kind == EtcdErrorKind::NoLease {
                LeaseEvent::Gone { at }
            } else {
                LeaseEvent::Failed { at }
            }
        }
    }
}

/// Renews on the current stream, or opens one, which renews as well.
async fn renew(
    session: &Session,
    patience: Duration,
    stream: &mut Option<Stream>,
) -> Result<Duration, EtcdError> {
    let Some(Stream { number, keeper, answers }) = stream else {
        let (id, number) = (session.id, session.link.number().await);
        let opened =
            session.link.call(patience, |mut client| async move { client.lease_keep_alive(id).await });
        let (keeper, answers) = opened.await?;
        *stream = Some(Stream { number, keeper, answers });
        return Ok(session.ttl());
    };
    let asked = async {
        keeper.keep_alive().await?;
        answers.message().await
    };
    match timeout(patience, asked).await {
        Ok(Ok(Some(answer))) => remaining(&answer),
        Ok(Ok(None)) => Err(EtcdError::new(EtcdErrorKind::Other, "the server closed the stream")),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => {
            session.link.replace(*number).await;
            Err(EtcdError::silent(patience))
        }
    }
}

fn remaining(answer: &LeaseKeepAliveResponse) -> Result<Duration, EtcdError> {
    match u64::try_from(answer.ttl()) {
        Ok(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
        _ => Err(EtcdError::new(EtcdErrorKind::NoLease, "the lease has expired")),
    }
}

/// Waits for an unsolicited message: usually the end of the stream, because the server shuts down.
async fn listen(stream: &mut Option<Stream>) -> Option<LeaseEvent> {
    let Some(Stream { answers, .. }) = stream else { return std::future::pending().await };
    let answer = answers.message().await;
    let at = Instant::now();
    match answer {
        Ok(Some(answer)) if remaining(&answer).is_ok() => None,
        Ok(Some(_)) => Some(LeaseEvent::Gone { at }),
        Ok(None) | Err(_) => {
            *stream = None;
            Some(LeaseEvent::Failed { at })
        }
    }
}

async fn finish(work: &mut Option<SideTask>) -> Option<LeaseEvent> {
    let Some(running) = work else { return std::future::pending().await };
    let event = running.await;
    *work = None;
    event
}
