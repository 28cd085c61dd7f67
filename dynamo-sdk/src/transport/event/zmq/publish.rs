//! The publisher side: a listening port, and a queue per subscriber.

use std::fmt;
use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::address::names::TopicName;
use crate::config::Config;
use crate::error::Result;
use crate::error::endpoint::chain;
use crate::runtime::Runtime;
use crate::sync::Lock;
use crate::transport::event::PublisherSink;
use crate::transport::event::queue::Queue;
use crate::transport::event::zmq::zmtp::{
    Reader, SocketType, ZmtpError, ZmtpFrame, put_command, shake_hands,
};
use crate::transport::event::zmq::{HANDSHAKE, message};
use crate::transport::net::accept::{AcceptLimits, accept_loop};
use crate::transport::net::host::host_ip;
use crate::transport::net::listen::listen;
use crate::transport::net::settings::ListenSettings;
use crate::transport::net::stream::{ReadHalf, Stream, WriteHalf};
use crate::wire::channel::PublisherAddress;
use crate::wire::envelope::RawEvent;

/// How long pending events may take to be written after the publisher is dropped.
const LINGER: Duration = Duration::from_secs(1);

/// Maximum topic length accepted from a subscriber. The SDK's topics have at most 255 bytes.
const MAX_TOPIC: usize = 4096;

/// Maximum number of topics per connection. The SDK's subscribers use one.
const MAX_TOPICS: usize = 1024;

/// Maximum bytes per write when several events are queued.
const BATCH: usize = 64 * 1024;

/// The port of a publisher, as the settings describe it. As in Dynamo, the host setting is the address that
/// the port is reached at; with it, the port listens on all addresses.
///
/// # Errors
/// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) if the setting is neither an address nor an
/// interface.
fn event_port(config: &Config) -> Result<ListenSettings> {
    const VARIABLE: &str = "DYN_EVENT_PLANE_HOST";
    let (host, advertise) = match &config.event.event_plane_host {
        None => (None, None),
        Some(host) => match host_ip(VARIABLE, host)? {
            ip @ IpAddr::V4(_) => (Some("0.0.0.0".to_owned()), Some(ip.to_string())),
            ip @ IpAddr::V6(_) => (Some("::".to_owned()), Some(ip.to_string())),
        },
    };
    Ok(ListenSettings {
        variable: VARIABLE,
        host,
        port: 0,
        advertise_variable: VARIABLE,
        advertise,
        names_allowed: false,
    })
}

/// The listening port of one publisher. Dropping it closes the port.
pub(super) struct PublisherSocket {
    shared: Arc<PublisherShared>,
    address: String,
    _end: DropGuard,
}

struct PublisherShared {
    topic: TopicName,
    capacity: usize,
    subscribers: Lock<Vec<Arc<Subscriber>>>,
    /// Events lost by subscribers that have disconnected.
    lost: AtomicU64,
}

/// A connected subscriber.
struct Subscriber {
    queue: Queue<Bytes>,
    /// Whether it has subscribed to the topic.
    wants: AtomicBool,
}

impl PublisherSocket {
    /// Opens a port.
    pub(super) async fn open(runtime: &Runtime, config: &Config, topic: &TopicName) -> Result<Self> {
        let (settings, wanted) = (config.clone(), event_port(config)?);
        let bound = runtime.on_primary(async move { listen(&settings, &wanted).await }).await??;
        let shared = Arc::new(PublisherShared {
            topic: topic.clone(),
            capacity: config.event.event_queue,
            subscribers: Lock::default(),
            lost: AtomicU64::new(0),
        });
        let end = CancellationToken::new();
        let mut limits = AcceptLimits::unlimited("an event subscriber");
        limits.end = end.clone();
        let (served, ended) = (Arc::clone(&shared), end.clone());
        let accept = accept_loop(bound.listener, runtime.clone(), limits, move |stream, from| async move {
            if let Err(error) = serve(stream, served, &ended).await {
                tracing::debug!(%from, error = %chain(&error), "an event subscriber disconnected");
            }
        });
        drop(runtime.spawn(accept));
        Ok(Self { shared, address: format!("tcp://{}", bound.advertised), _end: end.drop_guard() })
    }
}

#[async_trait]
impl PublisherSink for PublisherSocket {
    fn address(&self) -> Option<PublisherAddress> {
        Some(PublisherAddress::Zmq { endpoint: self.address.clone() })
    }

    async fn send(&self, event: &RawEvent, envelope: Bytes) -> Result<()> {
        let message = message::encode(self.shared.topic.as_str().as_bytes(), event, &envelope);
        for subscriber in self.shared.subscribers.lock().iter() {
            if subscriber.wants.load(Ordering::Acquire) {
                subscriber.queue.push(message.clone(), message.len());
            }
        }
        Ok(())
    }

    fn dropped(&self) -> u64 {
        let here: u64 = self.shared.subscribers.lock().iter().map(|subscriber| subscriber.queue.lost()).sum();
        here + self.shared.lost.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for PublisherSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subscribers = self.shared.subscribers.lock().len();
        f.debug_struct("PublisherSocket")
            .field("address", &self.address)
            .field("subscribers", &subscribers)
            .finish()
    }
}

/// Registers a subscriber for the lifetime of its connection.
struct ActiveSubscriber {
    shared: Arc<PublisherShared>,
    subscriber: Arc<Subscriber>,
}

impl ActiveSubscriber {
    fn new(shared: Arc<PublisherShared>) -> Self {
        let queue = Queue::new(shared.capacity);
        let subscriber = Arc::new(Subscriber { queue, wants: AtomicBool::new(false) });
        shared.subscribers.lock().push(Arc::clone(&subscriber));
        Self { shared, subscriber }
    }
}

impl Drop for ActiveSubscriber {
    fn drop(&mut self) {
        let mut subscribers = self.shared.subscribers.lock();
        subscribers.retain(|other| !Arc::ptr_eq(other, &self.subscriber));
        self.shared.lost.fetch_add(self.subscriber.queue.lost(), Ordering::Relaxed);
    }
}

/// Serves one subscriber until it disconnects, or until shortly after the publisher is dropped.
async fn serve(
    stream: Stream,
    shared: Arc<PublisherShared>,
    end: &CancellationToken,
) -> Result<(), ZmtpError> {
    let (from, mut to) = stream.into_split();
    let hands = timeout(HANDSHAKE, shake_hands(from, &mut to, SocketType::Publisher, MAX_TOPIC));
    let Some(hands) = end.run_until_cancelled(hands).await else { return Ok(()) };
    let mut reader = hands.map_err(|_| ZmtpError::Protocol("no handshake within the time limit"))??;
    let joined = ActiveSubscriber::new(shared);
    let last = async {
        end.cancelled().await;
        joined.subscriber.queue.close();
        sleep(LINGER).await;
    };
    tokio::select! {
        ended = converse(&joined, &mut reader, &mut to) => ended,
        () = last => Ok(()),
    }
}

async fn converse(
    joined: &ActiveSubscriber,
    reader: &mut Reader<ReadHalf>,
    to: &mut WriteHalf,
) -> Result<(), ZmtpError> {
    let ActiveSubscriber { shared, subscriber } = joined;
    let (mut topics, mut out) = (Vec::new(), BytesMut::new());
    loop {
        tokio::select! {
            event = poll_fn(|task| subscriber.queue.poll_pop(task)) => {
                let Some(event) = event else { return Ok(to.shutdown().await?) };
                write(&event, &subscriber.queue, &mut out, to).await?;
            }
            frame = reader.next() => {
                heed(frame?, &mut topics, &mut out)?;
                let topic = shared.topic.as_str().as_bytes();
                let wants = topics.iter().any(|prefix: &Bytes| topic.starts_with(prefix));
                subscriber.wants.store(wants, Ordering::Release);
                to.write_all(&out).await?;
            }
        }
        out.clear();
    }
}

/// Writes an event together with those queued behind it.
async fn write(
    first: &Bytes,
    queue: &Queue<Bytes>,
    out: &mut BytesMut,
    to: &mut WriteHalf,
) -> std::io::Result<()> {
    if first.len() >= BATCH {
        return to.write_all(first).await;
    }
    out.extend_from_slice(first);
    while out.len() < BATCH
        && let Some(event) = queue.pop()
    {
        out.extend_from_slice(&event);
    }
    to.write_all(out).await
}

/// Handles a frame of the subscriber: a subscription, as a message or as a ZMTP 3.1 command, or a ping.
fn heed(frame: ZmtpFrame, topics: &mut Vec<Bytes>, out: &mut BytesMut) -> Result<(), ZmtpError> {
    let (subscribes, topic) = match frame {
        ZmtpFrame::Part { body, more: false } => match body.first() {
            Some(1) => (true, body.slice(1..)),
            Some(0) => (false, body.slice(1..)),
            // An XSUB may send user messages, which have no meaning here.
            _ => return Ok(()),
        },
        ZmtpFrame::Part { .. } => return Ok(()),
        ZmtpFrame::Oversized { .. } => return Err(ZmtpError::Protocol("topic too long")),
        ZmtpFrame::Command { name, body } => match &*name {
            b"SUBSCRIBE" => (true, body),
            b"CANCEL" => (false, body),
            b"PING" => {
                // The PING body starts with the time to wait for the next one; the rest is echoed.
                put_command(out, b"PONG", body.get(2..).unwrap_or_default());
                return Ok(());
            }
            _ => return Ok(()),
        },
    };
    if !subscribes {
        if let Some(at) = topics.iter().position(|known| *known == topic) {
            topics.remove(at);
        }
    } else if topics.len() < MAX_TOPICS {
        topics.push(topic);
    } else {
        return Err(ZmtpError::Protocol("too many subscriptions"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(body: &'static [u8]) -> ZmtpFrame {
        ZmtpFrame::Part { body: body.into(), more: false }
    }

    fn command(name: &'static str, body: &'static [u8]) -> ZmtpFrame {
        ZmtpFrame::Command { name: name.into(), body: body.into() }
    }

    #[test]
    fn a_subscription_is_a_message_or_a_command_and_is_counted() {
        let (mut topics, mut out) = (Vec::new(), BytesMut::new());
        for frame in [part(b"\x01load"), part(b"\x01load"), command("SUBSCRIBE", b""), part(b"\x00load")] {
            heed(frame, &mut topics, &mut out).unwrap();
        }
        assert_eq!(topics, ["load", ""].map(|topic| Bytes::from_static(topic.as_bytes())).to_vec());
        heed(command("CANCEL", b""), &mut topics, &mut out).unwrap();
        heed(part(b"\x00other"), &mut topics, &mut out).unwrap();
        heed(part(b"\x02user message"), &mut topics, &mut out).unwrap();
        heed(part(b""), &mut topics, &mut out).unwrap();
        assert_eq!((topics.len(), out.len()), (1, 0));
    }

    #[test]
    fn a_sign_of_life_is_answered() {
        let (mut topics, mut out) = (Vec::new(), BytesMut::new());
        heed(command("PING", b"\0\x0ahere"), &mut topics, &mut out).unwrap();
        assert_eq!(out[..], *b"\x04\x09\x04PONGhere");
    }

    #[test]
    fn a_subscriber_cannot_make_a_publisher_remember_without_end() {
        let (mut topics, mut out) = (Vec::new(), BytesMut::new());
        let mut subscribe = || heed(part(b"\x01load"), &mut topics, &mut out);
        assert!((0..MAX_TOPICS).all(|_| subscribe().is_ok()));
        assert!(subscribe().is_err());
        assert!(heed(ZmtpFrame::Oversized { more: false }, &mut topics, &mut out).is_err());
    }
}
