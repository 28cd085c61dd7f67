//! The accept loop of all listening ports.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::runtime::Runtime;
use crate::runtime::backoff::Backoff;
use crate::transport::net::listen::PortListener;
use crate::transport::net::stream::Stream;

/// Initial pause after a failed accept, for example when file descriptors run out.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// Maximum pause after failed accepts.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The limits of an accept loop.
#[derive(Debug)]
pub(crate) struct AcceptLimits {
    /// Describes an accepted connection in log lines.
    pub(crate) peer: &'static str,
    /// Maximum connections handled concurrently. Further ones wait in the listen backlog.
    pub(crate) concurrent: usize,
    /// Closes the port. Accepted connections continue.
    pub(crate) end: CancellationToken,
}

impl AcceptLimits {
    /// Accepts any number of connections until the runtime ends.
    pub(crate) fn unlimited(peer: &'static str) -> Self {
        Self { peer, concurrent: Semaphore::MAX_PERMITS, end: CancellationToken::new() }
    }
}

/// Accepts connections and spawns `handle` for each, until `limits.end` is cancelled or the runtime ends.
pub(crate) async fn accept_loop<H, F>(
    listener: PortListener,
    runtime: Runtime,
    limits: AcceptLimits,
    handle: H,
) where
    H: FnOnce(Stream, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let AcceptLimits { peer, concurrent, end } = limits;
    let slots = Arc::new(Semaphore::new(concurrent));
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, fastrand::Rng::new());
    let accept = async {
        loop {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            match listener.0.accept().await {
                Ok((socket, from)) => {
                    backoff.reset();
                    let handle = handle.clone();
                    drop(runtime.spawn(async move {
                        match Stream::plain(socket) {
                            Ok(stream) => handle(stream, from).await,
                            Err(error) => {
                                tracing::debug!(%from, %error, "cannot set up the socket of {peer}");
                            }
                        }
                        drop(slot);
                    }));
                }
                Err(error) => {
                    let pause = backoff.delay();
                    tracing::warn!(%error, ?pause, "cannot accept {peer}");
                    sleep(pause).await;
                }
            }
        }
    };
    end.run_until_cancelled(accept).await;
}
