//! Moments that lie a duration ahead, where the duration comes from outside.

use std::time::Duration;

use tokio::time::Instant;

/// What counts as never: 30 years, as far as the timers of `tokio` reach.
const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The moment `limit` after `start`. A limit that is too long for the clock, such as [`Duration::MAX`], means never.
pub(crate) fn after(start: Instant, limit: Duration) -> Instant {
    start.checked_add(limit.min(NEVER)).unwrap_or(start)
}

/// The moment `limit` from now.
pub(crate) fn from_now(limit: Duration) -> Instant {
    after(Instant::now(), limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_longest_duration_is_never_and_not_a_panic() {
        let now = Instant::now();
        assert_eq!(after(now, Duration::from_secs(3)), now + Duration::from_secs(3));
        assert!(from_now(Duration::MAX) > now + Duration::from_secs(1_000_000));
        let never = tokio::time::timeout_at(from_now(Duration::MAX), std::future::pending::<()>());
        assert!(tokio::time::timeout(Duration::from_secs(1_000_000), never).await.is_err());
    }
}
