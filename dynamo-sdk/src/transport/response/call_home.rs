//! The connection that a worker opens to the caller.

use std::time::Duration;

use rustix::io::Errno;
use tokio::time::{Instant, sleep};

use crate::engine::context::Context;
use crate::observe::observer::Plane;
use crate::observe::observers::Observers;
use crate::runtime::backoff::Backoff;
use crate::transport::net::dial::{DialError, Dialer};
use crate::transport::net::stream::Stream;
use crate::wire::control::HomeAddress;

/// How long to redial a caller while this process is short of files. Callers wait for 60 s by default.
const REDIAL: Duration = Duration::from_secs(30);

/// The pauses between such dials.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Dials the caller; `None` if that fails or the call is killed meanwhile. Redials while this process lacks resources for
/// a connection, for as long as the caller waits.
pub(super) async fn call_home(
    home: &HomeAddress,
    dialer: Dialer,
    observers: &Observers,
    cx: &Context,
) -> Option<Stream> {
    let HomeAddress { address, context: request, .. } = home;
    let end = cx.deadline().map_or_else(|| Instant::now() + REDIAL, |end| end.min(Instant::now() + REDIAL));
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, fastrand::Rng::new());
    loop {
        let dialed = dialer.dial(address).await;
        match dialed.inspect_err(|error| observers.dial_failed(Plane::Response, None, error)) {
            Ok(stream) => return Some(stream),
            Err(DialError::Failed(error)) if is_shortage(&error) && Instant::now() < end => {
                if observers.may_warn() {
                    tracing::warn!(%address, %request, %error, "cannot dial a caller yet; calls wait");
                }
                tokio::select! {
                    () = sleep(backoff.delay()) => {}
                    () = cx.killed() => return None,
                }
            }
            Err(DialError::Failed(error)) => {
                tracing::warn!(%address, %request, %error, "failed to dial the caller");
                return None;
            }
            Err(DialError::TimedOut) => {
                tracing::warn!(%address, %request, limit = ?dialer.limit(), "timed out dialing the caller");
                return None;
            }
        }
    }
}

/// Returns whether a connection failed for lack of files, ports or memory, which is temporary.
fn is_shortage(error: &std::io::Error) -> bool {
    let shortages = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::ADDRNOTAVAIL];
    shortages.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}
