//! Waiting for something to happen, with a limit and a name.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// How long to wait between two looks at something that cannot announce itself.
pub(crate) const POLL: Duration = Duration::from_millis(10);

/// Awaits `future` for at most `limit`.
///
/// # Panics
///
/// When the limit has passed; the message names `what` was awaited.
pub async fn within<T>(limit: Duration, what: &str, future: impl IntoFuture<Output = T>) -> T {
    match timeout(limit, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {limit:?} in vain for {what}"),
    }
}

/// Asks `holds` again and again until it says yes.
///
/// For state of other processes, which cannot be awaited. Inside the process await the event itself.
///
/// # Panics
///
/// When `limit` has passed, also in the middle of a question; the message names `what` was awaited.
pub async fn eventually(limit: Duration, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    let mut asked = 0_u32;
    let answered = timeout(limit, async {
        loop {
            asked += 1;
            if holds().await {
                return;
            }
            sleep(POLL).await;
        }
    });
    if answered.await.is_err() {
        panic!("waited {:?} in vain for {what}; asked {asked} times", start.elapsed());
    }
}
