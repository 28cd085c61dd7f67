//! The side of a publisher: a port, and a queue for each subscriber.

use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::address::names::TopicName;
use crate::config::Config;
use crate::error::Result;
use crate::runtime::Runtime;
use crate::runtime::backoff::Backoff;
use crate::transport::event::PublisherSink;
use crate::transport::event::queue::Queue;
use crate::transport::event::zmq::zmtp::{
    Reader, SocketType, ZmtpError, ZmtpFrame, put_command, shake_hands,
};
use crate::transport::event::zmq::{HANDSHAKE, message};
use crate::transport::net::{ListenSettings, listen};
use crate::wire::channel::PublisherAddress;
use crate::wire::envelope::RawEvent;

/// The shortest pause after the system refused a connection, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// How long what was published just before the end has to get away.
const LINGER: Duration = Duration::from_secs(1);

/// No topic that a subscriber may send is longer. Ours have 255 bytes at the most.
const MAX_TOPIC: usize = 4096;

/// How many topics one connection may subscribe to. A subscriber of ours has one.
const MAX_TOPICS: usize = 1024;

/// How much is written at a time when several events wait.
const BATCH: usize = 64 * 1024;

/// The port of one publisher. Dropping it closes the port.
pub(super) struct PublisherSocket {
    shared: Arc<PublisherShared>,
    address: String,
    _end: DropGuard,
}

struct PublisherShared {
    topic: TopicName,
    capacity: usize,
    subscribers: Mutex<Vec<Arc<Subscriber>>>,
    /// What subscribers lost that are gone by now.
    lost: AtomicU64,
}

/// One connection.
struct Subscriber {
    queue: Queue<Bytes>,
    /// Whether it has subscribed to the topic.
    wants: AtomicBool,
}

impl PublisherSocket {
    /// Opens a port.
    pub(super) async fn open(runtime: &Runtime, config: &Config, topic: &TopicName) -> Result<Self> {
        let (settings, wanted) = (config.clone(), ListenSettings::for_events(config)?);
        let bound = runtime.on_primary(async move { listen(&settings, &wanted).await }).await??;
        let shared = Arc::new(PublisherShared {
            topic: topic.clone(),
            capacity: config.event_queue,
            subscribers: Mutex::default(),
            lost: AtomicU64::new(0),
        });
        let end = CancellationToken::new();
        let accept = accept(runtime.clone(), bound.listener, Arc::clone(&shared), end.clone());
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
        for subscriber in self.shared.lock().iter() {
            if subscriber.wants.load(Ordering::Acquire) {
                subscriber.queue.push(message.clone(), message.len());
            }
        }
        Ok(())
    }

    fn dropped(&self) -> u64 {
        let here: u64 = self.shared.lock().iter().map(|subscriber| subscriber.queue.lost()).sum();
        here + self.shared.lost.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for PublisherSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subscribers = self.shared.lock().len();
        f.debug_struct("PublisherSocket")
            .field("address", &self.address)
            .field("subscribers", &subscribers)
            .finish()
    }
}

impl PublisherShared {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Subscriber>>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(
    runtime: Runtime,
    listener: TcpListener,
    shared: Arc<PublisherShared>,
    end: CancellationToken,
) {
    let mut backoff = Backoff::new(ACCEPT_PAUSE, Duration::from_secs(1), fastrand::Rng::new());
    while let Some(accepted) = end.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, from)) => {
                backoff.reset();
                let (shared, end) = (Arc::clone(&shared), end.clone());
                drop(runtime.spawn(async move {
                    if let Err(error) = serve(stream, shared, &end).await {
                        tracing::debug!(%from, error = %crate::error::chain::chain(&error), "a subscriber of events is gone");
                    }
                }));
            }
            Err(error) => {
                let pause = backoff.delay();
                tracing::warn!(%error, ?pause, "cannot accept a subscriber of events");
                sleep(pause).await;
            }
        }
    }
}

/// A subscriber while its connection lives.
struct ActiveSubscriber {
    shared: Arc<PublisherShared>,
    subscriber: Arc<Subscriber>,
}

impl ActiveSubscriber {
    fn new(shared: Arc<PublisherShared>) -> Self {
        let queue = Queue::new(shared.capacity);
        let subscriber = Arc::new(Subscriber { queue, wants: AtomicBool::new(false) });
        shared.lock().push(Arc::clone(&subscriber));
        Self { shared, subscriber }
    }
}

impl Drop for ActiveSubscriber {
    fn drop(&mut self) {
        let mut subscribers = self.shared.lock();
        subscribers.retain(|other| !Arc::ptr_eq(other, &self.subscriber));
        self.shared.lost.fetch_add(self.subscriber.queue.lost(), Ordering::Relaxed);
    }
}

/// Serves one subscriber until it goes, or for a moment after the end of the publisher.
async fn serve(
    stream: TcpStream,
    shared: Arc<PublisherShared>,
    end: &CancellationToken,
) -> Result<(), ZmtpError> {
    stream.set_nodelay(true)?;
    let (from, mut to) = stream.into_split();
    let hands = timeout(HANDSHAKE, shake_hands(from, &mut to, SocketType::Publisher, MAX_TOPIC));
    let Some(hands) = end.run_until_cancelled(hands).await else { return Ok(()) };
    let mut reader = hands.map_err(|_| ZmtpError::Protocol("it does not say what it is"))??;
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
    reader: &mut Reader<OwnedReadHalf>,
    to: &mut OwnedWriteHalf,
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

/// Writes an event, and with it those that wait behind it.
async fn write(
    first: &Bytes,
    queue: &Queue<Bytes>,
    out: &mut BytesMut,
    to: &mut OwnedWriteHalf,
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

/// Does what a subscriber says: subscribes, as a message or as a command of ZMTP 3.1, or answers a sign of life.
fn heed(frame: ZmtpFrame, topics: &mut Vec<Bytes>, out: &mut BytesMut) -> Result<(), ZmtpError> {
    let (subscribes, topic) = match frame {
        ZmtpFrame::Part { body, more: false } => match body.first() {
            Some(1) => (true, body.slice(1..)),
            Some(0) => (false, body.slice(1..)),
            // An XSUB may send messages of its own, which have no meaning here.
            _ => return Ok(()),
        },
        ZmtpFrame::Part { .. } => return Ok(()),
        ZmtpFrame::Oversized { .. } => return Err(ZmtpError::Protocol("a topic that is too long")),
        ZmtpFrame::Command { name, body } => match &*name {
            b"SUBSCRIBE" => (true, body),
            b"CANCEL" => (false, body),
            b"PING" => {
                // In front of what is to come back stands how long to wait for the next one.
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
