//! The lease state machine: when to renew a lease, and when it is lost. Pure: events and the time go in,
//! the next step comes out, and the backends carry it out.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::after;
use crate::discovery::contract::LeaseState;
use crate::runtime::backoff::Backoff;

/// Minimum delay before a renewal.
const FLOOR: Duration = Duration::from_millis(100);
/// Maximum time to wait for the answer to an attempt.
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_RETRY: Duration = Duration::from_millis(250);
/// Short enough that records are back within seconds of the store.
const SLOWEST_RETRY: Duration = Duration::from_secs(2);

/// The outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaseEvent {
    /// The store granted or renewed the lease: it lives for at least `ttl` from when the request was
    /// `sent`.
    Alive { ttl: Duration, sent: Instant, at: Instant },
    /// No answer, or one that says nothing about the lease.
    Failed { at: Instant },
    /// The store reports that the lease does not exist.
    Gone { at: Instant },
    /// All records are in the store again.
    Restored,
}

/// The next step for the lease itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Renew the lease.
    Renew { at: Instant },
    /// Request the lease again, with the same id.
    Grant { at: Instant },
}

impl Attempt {
    pub(crate) fn at(self) -> Instant {
        match self {
            Self::Renew { at } | Self::Grant { at } => at,
        }
    }
}

/// The result of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeaseStep {
    /// The next attempt, which replaces the planned one.
    pub(crate) next: Attempt,
    /// The lease is alive after a loss: write all records to the store, then report
    /// [`LeaseEvent::Restored`].
    pub(crate) restore: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Lease {
    /// When the store may drop the lease.
    deadline: Instant,
    lost: Option<Instant>,
    next: Attempt,
    backoff: Backoff,
}

impl Lease {
    /// Creates the state of a lease that was just granted.
    pub(crate) fn granted(ttl: Duration, sent: Instant, at: Instant, rng: fastrand::Rng) -> Self {
        let deadline = after(sent, ttl);
        let next = Attempt::Renew { at: renewal(at, deadline) };
        Self { deadline, lost: None, next, backoff: Backoff::new(FIRST_RETRY, SLOWEST_RETRY, rng) }
    }

    pub(crate) fn state(&self) -> LeaseState {
        self.lost.map_or(LeaseState::Held, |since| LeaseState::Lost { since })
    }

    pub(crate) fn next(&self) -> Attempt {
        self.next
    }

    /// Returns how long an attempt starting `now` may take. While the lease lives, another attempt must
    /// fit before it expires.
    pub(crate) fn patience(&self, now: Instant) -> Duration {
        let remaining = self.deadline.saturating_duration_since(now);
        if remaining.is_zero() { PATIENCE } else { (remaining / 2).clamp(FLOOR, PATIENCE) }
    }

    pub(crate) fn on(&mut self, event: LeaseEvent) -> LeaseStep {
        let mut restore = false;
        match event {
            LeaseEvent::Alive { ttl, sent, at } if after(sent, ttl) > at => {
                self.deadline = after(sent, ttl);
                self.backoff.reset();
                restore = self.lost.is_some();
                self.next = Attempt::Renew { at: renewal(at, self.deadline) };
            }
            LeaseEvent::Failed { at } if at < self.deadline => {
                let remaining = self.deadline - at;
                self.next = Attempt::Renew { at: at + self.backoff.delay().min(remaining / 2) };
            }
            // An answer that took longer than the TTL is worth no more than a missing one.
            LeaseEvent::Alive { at, .. } | LeaseEvent::Failed { at } | LeaseEvent::Gone { at } => {
                self.lose(at);
            }
            LeaseEvent::Restored => self.lost = None,
        }
        LeaseStep { next: self.next, restore }
    }

    fn lose(&mut self, at: Instant) {
        self.deadline = self.deadline.min(at);
        let delay = match self.lost {
            Some(_) => self.backoff.delay(),
            None => {
                self.backoff.reset();
                Duration::ZERO
            }
        };
        self.lost.get_or_insert(at);
        self.next = Attempt::Grant { at: at + delay };
    }
}

/// Returns when half of the remaining time has passed.
fn renewal(now: Instant, deadline: Instant) -> Instant {
    let remaining = deadline.saturating_duration_since(now);
    now + if remaining > FLOOR { (remaining / 2).max(FLOOR) } else { remaining / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(30);

    fn lease(now: Instant) -> Lease {
        Lease::granted(TTL, now, now, fastrand::Rng::with_seed(7))
    }

    #[test]
    fn it_is_renewed_after_half_of_what_remains() {
        let now = Instant::now();
        let mut lease = lease(now);
        assert_eq!(lease.next(), Attempt::Renew { at: now + TTL / 2 });
        // The answer took two seconds, which count against the TTL.
        let (sent, at) = (now + TTL / 2, now + TTL / 2 + Duration::from_secs(2));
        let step = lease.on(LeaseEvent::Alive { ttl: TTL, sent, at });
        assert_eq!(
            step,
            LeaseStep { next: Attempt::Renew { at: at + Duration::from_secs(14) }, restore: false }
        );
        let step = lease.on(LeaseEvent::Alive { ttl: Duration::from_millis(150), sent: at, at });
        assert_eq!(step.next.at(), at + FLOOR);
    }

    #[test]
    fn a_lease_that_is_gone_is_granted_again_at_once_and_the_records_restored() {
        let now = Instant::now();
        let mut lease = lease(now);
        let step = lease.on(LeaseEvent::Gone { at: now });
        assert_eq!(step, LeaseStep { next: Attempt::Grant { at: now }, restore: false });
        assert_eq!(lease.state(), LeaseState::Lost { since: now });
        let later = now + Duration::from_secs(1);
        assert!(lease.on(LeaseEvent::Failed { at: later }).next.at() >= later);
        let step = lease.on(LeaseEvent::Alive { ttl: TTL, sent: later, at: later });
        assert_eq!(step, LeaseStep { next: Attempt::Renew { at: later + TTL / 2 }, restore: true });
        assert_eq!(lease.state(), LeaseState::Lost { since: now }, "until the records are back");
        lease.on(LeaseEvent::Restored);
        assert_eq!(lease.state(), LeaseState::Held);
    }

    #[test]
    fn it_is_held_until_the_deadline_and_lost_from_then_on() {
        let now = Instant::now();
        let mut lease = lease(now);
        let last = now + TTL - Duration::from_nanos(1);
        lease.on(LeaseEvent::Failed { at: last });
        assert_eq!(lease.state(), LeaseState::Held);
        lease.on(LeaseEvent::Failed { at: now + TTL });
        assert_eq!(lease.state(), LeaseState::Lost { since: now + TTL });
    }

    #[test]
    fn whatever_fails_the_next_attempt_is_before_the_expiry() {
        for seed in 0..500 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let mut now = Instant::now();
            let mut deadline = now + TTL;
            let mut lease = Lease::granted(TTL, now, now, rng.fork());
            for _ in 0..200 {
                let due = lease.next().at();
                let held = lease.state() == LeaseState::Held;
                assert!(!held || due < deadline, "seed {seed}");
                assert!(due >= now, "seed {seed}");
                let sent = due.max(now);
                now = sent + lease.patience(sent).mul_f64(rng.f64());
                match rng.u8(0..10) {
                    0..6 => lease.on(LeaseEvent::Failed { at: now }),
                    6..9 => {
                        let ttl = Duration::from_millis(rng.u64(1..60_000));
                        if sent + ttl > now {
                            deadline = sent + ttl;
                        }
                        let step = lease.on(LeaseEvent::Alive { ttl, sent, at: now });
                        if step.restore { lease.on(LeaseEvent::Restored) } else { step }
                    }
                    _ => lease.on(LeaseEvent::Gone { at: now }),
                };
            }
        }
    }
}
