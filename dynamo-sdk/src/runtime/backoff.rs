//! Retry delays: exponential backoff with full jitter, so that clients do not retry in lockstep.

use std::time::Duration;

/// An infinite iterator of delays, each drawn uniformly from zero to a bound that doubles from `first`
/// up to `most`.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    bound: Duration,
    rng: fastrand::Rng,
}

impl Backoff {
    pub(crate) fn new(first: Duration, most: Duration, rng: fastrand::Rng) -> Self {
        Self { first, most, bound: first, rng }
    }

    /// Resets the bound after a success.
    pub(crate) fn reset(&mut self) {
        self.bound = self.first;
    }

    /// Returns the next delay.
    pub(crate) fn delay(&mut self) -> Duration {
        let bound = self.bound.min(self.most);
        self.bound = bound.saturating_mul(2);
        bound.mul_f64(self.rng.f64())
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.delay())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(250);
    const MOST: Duration = Duration::from_secs(5);

    #[test]
    fn the_bound_doubles_up_to_the_most_and_starts_over() {
        let mut backoff = Backoff::new(FIRST, MOST, fastrand::Rng::with_seed(1));
        for _ in 0..3 {
            for n in 0..100 {
                let bound = FIRST.saturating_mul(1 << n.min(20)).min(MOST);
                assert!(backoff.delay() <= bound);
            }
            backoff.reset();
        }
    }

    #[test]
    fn a_hundred_clients_spread_over_the_whole_range() {
        let fourth = |seed| Backoff::new(FIRST, MOST, fastrand::Rng::with_seed(seed)).nth(3);
        let mut tenths = [0; 10];
        for seed in 0..100 {
            let delay = fourth(seed).unwrap_or_default();
            let tenth = delay.as_millis() * 10 / FIRST.saturating_mul(8).as_millis();
            tenths[usize::try_from(tenth).unwrap().min(9)] += 1;
        }
        assert!(tenths.iter().all(|clients| (1..=30).contains(clients)), "{tenths:?}");
    }
}
