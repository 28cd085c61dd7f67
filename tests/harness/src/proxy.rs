//! A TCP proxy that breaks connections on demand.
#![expect(
    clippy::disallowed_methods,
    reason = "the tasks of a proxy end with it; there is no SDK runtime here"
)]
#![expect(clippy::unwrap_used, reason = "a poisoned lock means that the test has failed already")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use crate::port;

/// How many pieces may be under way in one direction of one connection.
const QUEUE: usize = 64;
/// How long the two sides have to close a connection that was ended by `drop_after`.
const LAST_BYTES: Duration = Duration::from_secs(1);

/// One of the two ways through a [`Proxy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the one who connected to the target.
    ToTarget,
    /// From the target to the one who connected.
    ToClient,
}

/// Stands between a client and `target`. Its connections end when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    addr: SocketAddr,
    link: Arc<Link>,
    acceptor: tokio::sync::Mutex<Option<Acceptor>>,
}

/// What the connections share.
#[derive(Debug)]
struct Link {
    target: Mutex<SocketAddr>,
    delay: Mutex<Duration>,
    stalled: watch::Sender<bool>,
    budgets: [Mutex<Option<u64>>; 2],
    bytes: [AtomicU64; 2],
    accepted: AtomicU64,
    open: watch::Sender<usize>,
}

/// The listener and its connections; they end when `cut` is set or dropped.
#[derive(Debug)]
struct Acceptor {
    cut: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts to pass connections on to `target`.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = port::bind();
        let addr = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let link = Arc::new(Link {
            target: Mutex::new(target),
            delay: Mutex::default(),
            stalled: watch::Sender::new(false),
            budgets: Default::default(),
            bytes: Default::default(),
            accepted: AtomicU64::new(0),
            open: watch::Sender::new(0),
        });
        let acceptor = Acceptor::start(TcpListener::from_std(listener).unwrap(), &link);
        Self { addr, link, acceptor: tokio::sync::Mutex::new(Some(acceptor)) }
    }

    /// Where to connect to.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Sends connections that are opened from now on to `target`.
    pub fn set_target(&self, target: SocketAddr) {
        *self.link.target.lock().unwrap() = target;
    }

    /// Resets all connections and refuses new ones until [`Proxy::heal`]. Returns when that is so.
    pub async fn cut(&self) {
        if let Some(acceptor) = self.acceptor.lock().await.take() {
            acceptor.cut.send_replace(true);
            acceptor.task.await.unwrap();
        }
    }

    /// Keeps the connections, accepts new ones, and holds back everything until [`Proxy::heal`], ends of connections too.
    pub fn stall(&self) {
        self.link.stalled.send_replace(true);
    }

    /// Passes everything on later by `delay`, in the same order, until [`Proxy::heal`].
    pub fn delay(&self, delay: Duration) {
        *self.link.delay.lock().unwrap() = delay;
    }

    /// Passes `bytes` more bytes in `direction`, over all connections, and then ends the connection that has more to pass.
    ///
    /// Works once: the next connection is whole. The receiver gets all of the bytes and then the end of the stream.
    pub fn drop_after(&self, direction: Direction, bytes: u64) {
        *self.link.budgets[direction as usize].lock().unwrap() = Some(bytes);
    }

    /// Takes back everything that was ordered, and passes on what was held back.
    pub async fn heal(&self) {
        self.delay(Duration::ZERO);
        for budget in &self.link.budgets {
            *budget.lock().unwrap() = None;
        }
        let mut acceptor = self.acceptor.lock().await;
        if acceptor.is_none() {
            let listener = TcpListener::bind(self.addr).await.unwrap();
            *acceptor = Some(Acceptor::start(listener, &self.link));
        }
        self.link.stalled.send_replace(false);
    }

    /// How many connections were accepted so far.
    pub fn accepted(&self) -> u64 {
        self.link.accepted.load(Relaxed)
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        *self.link.open.borrow()
    }

    /// Returns when exactly `count` connections are open.
    pub async fn wait_open(&self, count: usize) {
        self.link.open.subscribe().wait_for(|open| *open == count).await.unwrap();
    }

    /// How many bytes were passed in `direction` so far.
    pub fn bytes(&self, direction: Direction) -> u64 {
        self.link.bytes[direction as usize].load(Relaxed)
    }
}

impl Acceptor {
    fn start(listener: TcpListener, link: &Arc<Link>) -> Self {
        let (cut, mut watcher) = watch::channel(false);
        let link = Arc::clone(link);
        let task = tokio::spawn(async move {
            let watchers = watcher.clone();
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    // An error means that the proxy was dropped.
                    _ = watcher.wait_for(|cut| *cut) => break,
                    Some(_) = connections.join_next() => {}
                    Ok((client, _)) = listener.accept() => {
                        link.accepted.fetch_add(1, Relaxed);
                        connections.spawn(Arc::clone(&link).connection(client, watchers.clone()));
                    }
                }
            }
            drop(listener);
            connections.join_all().await;
        });
        Self { cut, task }
    }
}

impl Link {
    async fn connection(self: Arc<Self>, mut client: TcpStream, mut cut: watch::Receiver<bool>) {
        self.open.send_modify(|open| *open += 1);
        let mut target = None;
        let end = tokio::select! {
            end = self.pass(&mut client, &mut target) => end,
            _ = cut.wait_for(|cut| *cut) => Err(End::Error),
        };
        if let Err(End::Error) = end {
            // Closing resets the connection, instead of ending it in good order.
            client.set_zero_linger().ok();
            target.iter().for_each(|target| target.set_zero_linger().unwrap_or_default());
        }
        drop((client, target));
        self.open.send_modify(|open| *open -= 1);
    }

    /// Connects to the target and passes bytes both ways.
    async fn pass(&self, client: &mut TcpStream, target: &mut Option<TcpStream>) -> Result<(), End> {
        self.stalled.subscribe().wait_for(|stalled| !stalled).await.map_err(|_| End::Error)?;
        let addr = *self.target.lock().unwrap();
        let target = target.insert(TcpStream::connect(addr).await.map_err(|_| End::Error)?);
        client.set_nodelay(true).ok();
        target.set_nodelay(true).ok();
        let (from_client, to_client) = client.split();
        let (from_target, to_target) = target.split();
        let there = self.pump(Direction::ToTarget, from_client, to_target);
        let back = self.pump(Direction::ToClient, from_target, to_client);
        let end = tokio::try_join!(there, back);
        if let Err(End::Dropped) = end {
            // Closing with unread bytes would reset the connection and take back what was passed.
            client.shutdown().await.ok();
            target.shutdown().await.ok();
            let (mut one, mut two) = (tokio::io::sink(), tokio::io::sink());
            let rest = async { tokio::join!(copy(client, &mut one), copy(target, &mut two)) };
            timeout(LAST_BYTES, rest).await.ok();
        }
        end.map(|_| ())
    }

    async fn pump(
        &self,
        direction: Direction,
        mut from: ReadHalf<'_>,
        mut to: WriteHalf<'_>,
    ) -> Result<(), End> {
        let (sender, mut queue) = mpsc::channel::<(Instant, Vec<u8>)>(QUEUE);
        let read = async move {
            loop {
                let mut piece = Vec::with_capacity(16 * 1024);
                let length = from.read_buf(&mut piece).await.map_err(|_| End::Error)?;
                let due = Instant::now() + *self.delay.lock().unwrap();
                // An empty piece is the end of the stream, which waits for its turn like everything else.
                if sender.send((due, piece)).await.is_err() || length == 0 {
                    return Ok(());
                }
            }
        };
        let write = async {
            let mut stalled = self.stalled.subscribe();
            while let Some((due, piece)) = queue.recv().await {
                sleep_until(due).await;
                stalled.wait_for(|stalled| !stalled).await.map_err(|_| End::Error)?;
                let allowed = self.allow(direction, piece.len());
                to.write_all(&piece[..allowed]).await.map_err(|_| End::Error)?;
                self.bytes[direction as usize].fetch_add(allowed as u64, Relaxed);
                if allowed < piece.len() {
                    to.shutdown().await.ok();
                    return Err(End::Dropped);
                }
            }
            to.shutdown().await.map_err(|_| End::Error)
        };
        tokio::try_join!(read, write).map(|_| ())
    }

    /// How many of `length` bytes may pass. A budget that is too small is used up by this.
    fn allow(&self, direction: Direction, length: usize) -> usize {
        let mut budget = self.budgets[direction as usize].lock().unwrap();
        let Some(left) = *budget else { return length };
        let allowed = usize::try_from(left).map_or(length, |left| left.min(length));
        *budget = (allowed == length).then_some(left - allowed as u64);
        allowed
    }
}

/// Why a connection ended before both sides closed it.
#[derive(Clone, Copy, Debug)]
enum End {
    Dropped,
    Error,
}
