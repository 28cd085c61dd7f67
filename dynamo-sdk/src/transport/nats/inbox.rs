//! Requests and replies over a single inbox subscription.
//!
//! The requests of `async-nats` leave an entry behind for every request that is never answered.
//! Here the entry is removed with the future that waits for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::{HeaderMap, Message, StatusCode};
use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::clock::from_now;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::runtime::Runtime;
use crate::sync::Lock;
use crate::transport::nats::link::NatsLink;

/// How long a request waits for a lost connection. Nothing is sent before it is back.
const RECONNECT: Duration = Duration::from_secs(1);

/// How long a round trip may take before another probe is sent.
const PROBE: Duration = Duration::from_secs(1);

/// Why a request got no reply.
#[derive(Debug)]
pub(super) enum ReplyError {
    /// It was not sent.
    NotSent(BoxError),
    /// No subscriber for the subject exists.
    NoResponders,
    /// It was sent, and the time limit expired.
    Timeout,
    /// The connection was lost while waiting for the reply.
    Lost(BoxError),
}

/// The inbox for replies. Dropping it unsubscribes.
#[derive(Debug)]
pub(super) struct Inbox {
    link: NatsLink,
    /// The prefix of reply subjects, up to the last token.
    prefix: String,
    waiters: PendingReplies,
    next: AtomicU64,
    _end: DropGuard,
}

/// Waiting requests, by the last token of their reply subject.
#[derive(Clone, Debug, Default)]
struct PendingReplies(Arc<Lock<HashMap<u64, oneshot::Sender<Message>>>>);

impl PendingReplies {
    fn enter(&self, id: u64) -> PendingReply {
        let (sender, reply) = oneshot::channel();
        self.0.lock().insert(id, sender);
        PendingReply { id, reply, waiters: self.clone() }
    }
}

/// A waiting request. Dropping it removes its entry.
struct PendingReply {
    id: u64,
    reply: oneshot::Receiver<Message>,
    waiters: PendingReplies,
}

impl Drop for PendingReply {
    fn drop(&mut self) {
        self.waiters.0.lock().remove(&self.id);
    }
}

impl Inbox {
    pub(super) async fn open(runtime: &Runtime, link: &NatsLink) -> Result<Self> {
        let prefix = link.client().new_inbox();
        let mut replies = link.subscribe(format!("{prefix}.*"), None).await.map_err(|source| {
            let what = format!("cannot subscribe to replies at {} (NATS_SERVER)", link.server);
            Error::new(ErrorKind::Internal, what).with_source(source)
        })?;
        let (waiters, ended) = (PendingReplies::default(), CancellationToken::new());
        let (known, end) = (waiters.clone(), ended.clone().drop_guard());
        let skip = prefix.len() + 1;
        let hand_out = async move {
            while let Some(message) = replies.next().await {
                let id = message.subject.get(skip..).and_then(|id| id.parse().ok());
                let waiting = id.and_then(|id: u64| known.0.lock().remove(&id));
                if let Some(waiting) = waiting {
                    waiting.send(message).ok();
                }
            }
        };
        drop(runtime.spawn_secondary(async move { ended.run_until_cancelled(hand_out).await }));
        let link = link.clone();
        Ok(Self { link, prefix, waiters, next: AtomicU64::new(0), _end: end })
    }

    /// Returns the number of waiting requests.
    pub(super) fn waiting(&self) -> usize {
        self.waiters.0.lock().len()
    }

    fn enter(&self) -> (PendingReply, String) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        (self.waiters.enter(id), format!("{}.{id}", self.prefix))
    }

    /// Sends a request and waits for its reply.
    ///
    /// # Cancel safety
    /// Dropping the future removes the pending entry; a request already sent may still be handled.
    pub(super) async fn request(
        &self,
        subject: &str,
        headers: HeaderMap,
        payload: Bytes,
        limit: Duration,
    ) -> Result<Bytes, ReplyError> {
        let link = &self.link;
        let deadline = from_now(limit);
        let gone = || ReplyError::NotSent(format!("no connection to {} (NATS_SERVER)", link.server).into());
        if !link.up_before(deadline.min(Instant::now() + RECONNECT)).await {
            return Err(gone());
        }
        let (mut losses, generation) = (link.losses(), link.generation());
        let (mut waiting, reply_to) = self.enter();
        let client = link.client();
        let send = client.publish_with_reply_and_headers(subject.to_owned(), reply_to, headers, payload);
        match timeout_at(deadline, send).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(ReplyError::NotSent(error.into())),
            Err(_) => return Err(gone()),
        }
        loop {
            tokio::select! {
                biased;
                reply = &mut waiting.reply => return match reply {
                    Ok(message) if message.status == Some(StatusCode::NO_RESPONDERS) => Err(ReplyError::NoResponders),
                    Ok(message) => Ok(message.payload),
                    Err(_) => Err(ReplyError::Lost("the connection to NATS is closed".into())),
                },
                // A late notification of an earlier loss does not concern this request.
                Ok(()) = losses.changed() => if !link.is_up() || link.generation() != generation {
                    let what = format!("the connection to {} was lost before the acknowledgement", link.server);
                    return Err(ReplyError::Lost(what.into()));
                },
                () = sleep_until(deadline) => return Err(ReplyError::Timeout),
            }
        }
    }

    /// Sends a message to this process's own inbox; returns whether it arrived within `limit`. A server
    /// handles the messages of a connection in order, so it then knows every subscription made before.
    /// The library's `flush` only reports that the bytes were handed to the operating system.
    pub(super) async fn round_trip(&self, limit: Duration) -> bool {
        let deadline = from_now(limit);
        while self.link.up_before(deadline).await {
            let (mut waiting, to) = self.enter();
            let until = deadline.min(Instant::now() + PROBE);
            if self.link.publish(to, Bytes::new(), until).await.is_err() {
                return false;
            }
            let left = until.saturating_duration_since(Instant::now());
            if let Ok(Ok(_)) = timeout(left, &mut waiting.reply).await {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abandoned_requests_leave_nothing_behind() {
        let waiters = PendingReplies::default();
        for id in 0..100_000 {
            drop(waiters.enter(id));
        }
        assert_eq!(waiters.0.lock().len(), 0);
        let kept = waiters.enter(7);
        assert!(waiters.0.lock().contains_key(&7));
        drop(kept);
        assert!(waiters.0.lock().is_empty());
    }
}
