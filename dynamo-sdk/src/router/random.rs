//! Uniform random selection.

use std::sync::Arc;

use crate::router::Router;
use crate::sync::Lock;
use crate::wire::instance::Instance;

/// Picks uniformly at random.
#[derive(Debug)]
pub struct Random {
    numbers: Lock<fastrand::Rng>,
}

impl Random {
    /// Creates a router with a random seed.
    #[must_use]
    pub fn new() -> Self {
        Self { numbers: Lock::new(fastrand::Rng::new()) }
    }

    /// Creates a router that repeats its picks for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { numbers: Lock::new(fastrand::Rng::with_seed(seed)) }
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}

impl Router for Random {
    fn pick(&self, candidates: &[Arc<Instance>]) -> usize {
        self.numbers.lock().usize(..candidates.len().max(1))
    }

    fn fresh(&self) -> Box<dyn Router> {
        let seed = self.numbers.lock().u64(..);
        Box::new(Self::seeded(seed))
    }
}
