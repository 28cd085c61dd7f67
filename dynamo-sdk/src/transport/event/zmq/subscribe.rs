//! The subscriber side: one connection per publisher.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::address::names::TopicName;
use crate::address::publisher::PublisherId;
use crate::config::Config;
use crate::observe::observer::Plane;
use crate::runtime::Runtime;
use crate::runtime::backoff::Backoff;
use crate::transport::event::Subscription;
use crate::transport::event::subscriber_queue::SubscriberQueue;
use crate::transport::event::zmq::HANDSHAKE;
use crate::transport::event::zmq::message;
use crate::transport::event::zmq::message::{MessageError, OVERHEAD, PARTS};
use crate::transport::event::zmq::zmtp::{SocketType, ZmtpError, ZmtpFrame, put_part, shake_hands};
use crate::transport::net::dial::{DialError, Dialer};
use crate::wire::channel::{PublisherAddress, PublisherRecord};

const FIRST_RETRY: Duration = Duration::from_millis(50);
const SLOWEST_RETRY: Duration = Duration::from_secs(5);

/// The connections of one subscription.
pub(super) struct SubscriberSockets {
    runtime: Runtime,
    hearing: Arc<SubscriberShared>,
    /// The endpoint of each publisher, and a guard that ends its connection.
    publishers: HashMap<PublisherId, (String, DropGuard)>,
}

/// State shared by all connections of a subscription.
struct SubscriberShared {
    topic: TopicName,
    inlet: Arc<SubscriberQueue>,
    limit: usize,
    dialer: Dialer,
}

impl SubscriberSockets {
    pub(super) fn new(
        runtime: &Runtime,
        config: &Config,
        topic: &TopicName,
        inlet: Arc<SubscriberQueue>,
    ) -> Self {
        let hearing = Arc::new(SubscriberShared {
            topic: topic.clone(),
            inlet,
            limit: config.event.max_event_size.saturating_add(OVERHEAD),
            dialer: Dialer::new(&config.request),
        });
        Self { runtime: runtime.clone(), hearing, publishers: HashMap::new() }
    }
}

impl Subscription for SubscriberSockets {
    fn follows(&self) -> bool {
        true
    }

    fn update(&mut self, publishers: &[PublisherRecord]) {
        let mut wanted = HashMap::new();
        for advert in publishers {
            match &advert.address {
                PublisherAddress::Zmq { endpoint } => drop(wanted.insert(advert.publisher, endpoint)),
                PublisherAddress::Nats { .. } => {
                    let (publisher, channel) = (advert.publisher, &advert.channel);
                    tracing::debug!(%publisher, %channel, "ignored a publisher on NATS: its DYN_EVENT_PLANE differs");
                }
            }
        }
        self.publishers.retain(|id, (endpoint, _)| wanted.get(id).is_some_and(|wanted| *wanted == endpoint));
        for (id, endpoint) in wanted {
            if self.publishers.contains_key(&id) {
                continue;
            }
            let (end, hearing) = (CancellationToken::new(), Arc::clone(&self.hearing));
            let hear = hear(hearing, id, endpoint.clone());
            let ended = end.clone();
            drop(self.runtime.spawn(async move { ended.run_until_cancelled(hear).await }));
            self.publishers.insert(id, (endpoint.clone(), end.drop_guard()));
        }
    }
}

/// Receives from one publisher until cancelled, reconnecting as often as necessary.
async fn hear(hearing: Arc<SubscriberShared>, publisher: PublisherId, endpoint: String) {
    let Some(address) = endpoint.strip_prefix("tcp://") else {
        tracing::warn!(%publisher, %endpoint, "ignored an event publisher whose address is not tcp://");
        return;
    };
    let mut backoff = Backoff::new(FIRST_RETRY, SLOWEST_RETRY, fastrand::Rng::new());
    loop {
        let fault = hearing.listen(address, &mut backoff).await;
        tracing::debug!(%publisher, %endpoint, error = %crate::error::chain::chain(&fault), "lost the connection to an event publisher, will retry");
        sleep(backoff.delay()).await;
    }
}

impl SubscriberShared {
    /// Connects once and receives until the connection breaks.
    async fn listen(&self, address: &str, backoff: &mut Backoff) -> ZmtpError {
        match self.try_listen(address, backoff).await {
            Ok(never) => match never {},
            Err(fault) => fault,
        }
    }

    async fn try_listen(
        &self,
        address: &str,
        backoff: &mut Backoff,
    ) -> Result<std::convert::Infallible, ZmtpError> {
        let (observers, peer) = (self.inlet.observers(), address.parse().ok());
        let stream = self.dialer.dial(address).await;
        let stream = stream.inspect_err(|error| observers.dial_failed(Plane::Event, peer, error));
        let stream = stream.map_err(|error| match error {
            DialError::TimedOut => ZmtpError::Io(std::io::ErrorKind::TimedOut.into()),
            DialError::Failed(error) => error.into(),
        })?;
        let _open = observers.opened(Plane::Event, peer);
        let (from, mut to) = stream.into_split();
        let hands = shake_hands(from, &mut to, SocketType::Subscriber, self.limit);
        let mut reader = timeout(HANDSHAKE, hands)
            .await
            .map_err(|_| ZmtpError::Io(std::io::ErrorKind::TimedOut.into()))??;
        let topic = self.topic.as_str().as_bytes();
        let mut out = BytesMut::new();
        put_part(&mut out, &[b"\x01", topic].concat(), false);
        to.write_all(&out).await?;
        backoff.reset();
        let mut parts = Parts::default();
        loop {
            let frame = reader.next().await?;
            if let Some(parts) = parts.add(frame) {
                match parts.and_then(|parts| message::decode(topic, &parts)) {
                    Ok(envelope) => self.inlet.take(&envelope),
                    Err(wrong) => self.inlet.reject(&wrong.to_string()),
                }
            }
        }
    }
}

/// Collects the parts of a message. Keeps no more of them than an event message has.
#[derive(Debug, Default)]
struct Parts {
    kept: Vec<Bytes>,
    count: usize,
    oversized: bool,
}

impl Parts {
    /// Adds a frame. Returns all parts if it was the last of its message.
    fn add(&mut self, frame: ZmtpFrame) -> Option<Result<Vec<Bytes>, MessageError>> {
        let more = match frame {
            // Commands from a publisher have no meaning here.
            ZmtpFrame::Command { .. } => return None,
            ZmtpFrame::Oversized { more } => {
                self.oversized = true;
                more
            }
            ZmtpFrame::Part { body, more } => {
                if self.count < PARTS {
                    self.kept.push(body);
                }
                more
            }
        };
        self.count += 1;
        if more {
            return None;
        }
        let Self { kept, count, oversized } = std::mem::take(self);
        Some(match (oversized, count) {
            (true, _) => Err(MessageError::Oversized),
            (false, PARTS) => Ok(kept),
            (false, count) => Err(MessageError::Parts(count)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(more: bool) -> ZmtpFrame {
        ZmtpFrame::Part { body: "x".into(), more }
    }

    #[test]
    fn a_message_is_complete_with_its_last_part_and_keeps_no_more_than_four() {
        let mut parts = Parts::default();
        for _ in 0..3 {
            assert_eq!(parts.add(part(true)), None);
        }
        assert_eq!(parts.add(part(false)), Some(Ok(vec!["x".into(); 4])));
        for _ in 0..1000 {
            assert_eq!(parts.add(part(true)), None);
            assert!(parts.kept.len() <= PARTS);
        }
        assert_eq!(parts.add(part(false)), Some(Err(MessageError::Parts(1001))));
        assert_eq!(parts.add(ZmtpFrame::Oversized { more: true }), None);
        assert_eq!(parts.add(ZmtpFrame::Command { name: "PING".into(), body: Bytes::new() }), None);
        assert_eq!(parts.add(part(false)), Some(Err(MessageError::Oversized)));
        assert_eq!(parts.add(part(false)), Some(Err(MessageError::Parts(1))));
    }
}
