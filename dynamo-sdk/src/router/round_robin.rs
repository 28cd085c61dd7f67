//! Round-robin selection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::router::Router;
use crate::wire::instance::Instance;

/// Picks in turn, beginning at a random position, so that clients started together do not move in
/// lockstep.
#[derive(Debug)]
pub struct RoundRobin {
    next: AtomicUsize,
}

impl RoundRobin {
    /// Creates a router that starts at a random position.
    #[must_use]
    pub fn new() -> Self {
        Self { next: AtomicUsize::new(fastrand::usize(..usize::MAX / 2)) }
    }
}

impl Default for RoundRobin {
    fn default() -> Self {
        Self::new()
    }
}

impl Router for RoundRobin {
    fn pick(&self, candidates: &[Arc<Instance>]) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed) % candidates.len().max(1)
    }

    fn fresh(&self) -> Box<dyn Router> {
        Box::new(Self::new())
    }
}
