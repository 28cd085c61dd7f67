//! The bounded phases of a shutdown. Pure ordering: what each phase does is up to [`Drain`].

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

/// Time limits of the phases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShutdownLimits {
    /// How long to keep accepting calls after deregistration, until callers notice.
    pub(crate) converge: Duration,
    /// How long to wait for calls in flight.
    pub(crate) drain: Duration,
    /// How long to wait for stopped calls, and again for killed ones.
    pub(crate) grace: Duration,
}

/// Work that can be drained.
#[async_trait]
pub(crate) trait Drain: Send + Sync {
    /// Removes the discovery records, so that callers stop picking this process.
    async fn deregister(&self);
    /// Starts rejecting new calls.
    fn refuse(&self);
    /// Waits until no call is in flight.
    async fn idle(&self);
    /// Asks the calls in flight to finish.
    fn stop(&self);
    /// Kills the calls in flight.
    fn kill(&self);
    /// Releases the transports.
    async fn release(&self);
}

/// Runs all phases. Returns whether every call had ended.
pub(crate) async fn wind_down(work: &dyn Drain, limits: &ShutdownLimits) -> bool {
    work.deregister().await;
    tokio::time::sleep(limits.converge).await;
    work.refuse();
    let mut idle = timeout(limits.drain, work.idle()).await.is_ok();
    if !idle {
        tracing::warn!(after = ?limits.drain, "stopping calls still in flight");
        work.stop();
        idle = timeout(limits.grace, work.idle()).await.is_ok();
    }
    if !idle {
        tracing::warn!(after = ?limits.grace, "killing calls that ignored the stop");
        work.kill();
        idle = timeout(limits.grace, work.idle()).await.is_ok();
    }
    work.release().await;
    idle
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;

    use super::*;

    /// Work whose calls end at `end`: on their own (0), when stopped (1), when killed (2) or never (3).
    struct Fake {
        start: Instant,
        heeds: usize,
        takes: Duration,
        asked: tokio::sync::watch::Sender<usize>,
        log: Mutex<Vec<(&'static str, u64)>>,
    }

    impl Fake {
        fn new(heeds: usize, takes: u64) -> Self {
            let (start, asked) = (Instant::now(), tokio::sync::watch::Sender::new(0));
            Self { start, heeds, takes: Duration::from_secs(takes), asked, log: Mutex::default() }
        }
        fn note(&self, what: &'static str) {
            self.log.lock().unwrap().push((what, self.start.elapsed().as_secs()));
        }
    }

    #[async_trait]
    impl Drain for Fake {
        async fn deregister(&self) {
            self.note("deregister");
        }
        fn refuse(&self) {
            self.note("refuse");
        }
        async fn idle(&self) {
            if self.heeds == 0 {
                tokio::time::sleep_until(self.start + self.takes).await;
            } else {
                let _ = self.asked.subscribe().wait_for(|asked| *asked >= self.heeds).await;
            }
        }
        fn stop(&self) {
            self.note("stop");
            self.asked.send_replace(1);
        }
        fn kill(&self) {
            self.note("kill");
            self.asked.send_replace(2);
        }
        async fn release(&self) {
            self.note("release");
        }
    }

    const LIMITS: ShutdownLimits = ShutdownLimits {
        converge: Duration::from_secs(1),
        drain: Duration::from_secs(10),
        grace: Duration::from_secs(2),
    };

    async fn phases(work: Fake) -> (bool, Vec<(&'static str, u64)>) {
        (wind_down(&work, &LIMITS).await, work.log.into_inner().unwrap())
    }

    /// The order of the phases.
    #[tokio::test(start_paused = true)]
    async fn calls_that_end_by_themselves_are_waited_for() {
        let expected = vec![("deregister", 0), ("refuse", 1), ("release", 7)];
        assert_eq!(phases(Fake::new(0, 7)).await, (true, expected));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_do_not_end_are_stopped_then_killed() {
        let expected = vec![("deregister", 0), ("refuse", 1), ("stop", 11), ("release", 11)];
        assert_eq!(phases(Fake::new(1, 0)).await, (true, expected));
        let expected = vec![("deregister", 0), ("refuse", 1), ("stop", 11), ("kill", 13), ("release", 13)];
        assert_eq!(phases(Fake::new(2, 0)).await, (true, expected));
    }

    /// A handler that never returns cannot extend shutdown beyond its limits.
    #[tokio::test(start_paused = true)]
    async fn calls_that_heed_nothing_do_not_hold_it_up() {
        let expected = vec![("deregister", 0), ("refuse", 1), ("stop", 11), ("kill", 13), ("release", 15)];
        assert_eq!(phases(Fake::new(3, 0)).await, (false, expected));
    }
}
