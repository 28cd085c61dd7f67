//! Instance selection. A router picks from a snapshot of the instance list, without I/O.

pub(crate) mod random;
pub(crate) mod round_robin;

use std::fmt;
use std::sync::Arc;

pub use crate::router::random::Random;
pub use crate::router::round_robin::RoundRobin;

use crate::wire::instance::Instance;

/// Picks one of the instances of an endpoint. A client asks its router once per attempt of a call.
pub trait Router: fmt::Debug + Send + Sync + 'static {
    /// Returns an index into `candidates`, which is never empty. An index out of range wraps around.
    fn pick(&self, candidates: &[Arc<Instance>]) -> usize;

    /// Creates a router of the same kind with fresh state, for another endpoint.
    fn fresh(&self) -> Box<dyn Router>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ids::{EndpointId, InstanceId};
    use crate::wire::codec::Codec;
    use crate::wire::instance::Transport;

    fn candidates(n: u64) -> Vec<Arc<Instance>> {
        let endpoint: EndpointId = "demo.echo.say".parse().unwrap();
        let instance = |id| Instance {
            endpoint: endpoint.clone(),
            id: InstanceId(id),
            transport: Transport::Memory(String::new()),
            codec: Codec::Json,
            device_type: None,
            extra: serde_json::Map::new(),
        };
        (0..n).map(|id| Arc::new(instance(id))).collect()
    }

    fn spread(router: &dyn Router, picks: usize) -> Vec<usize> {
        let candidates = candidates(7);
        let mut counts = vec![0; candidates.len()];
        for _ in 0..picks {
            counts[router.pick(&candidates) % candidates.len()] += 1;
        }
        counts
    }

    #[test]
    fn round_robin_is_even_to_within_one() {
        let counts = spread(&RoundRobin::new(), 10_000);
        assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{counts:?}");
    }

    #[test]
    fn round_robin_starts_somewhere_else_each_time() {
        let candidates = candidates(1000);
        let first = RoundRobin::new().pick(&candidates) % 1000;
        assert!((0..20).any(|_| RoundRobin::new().pick(&candidates) % 1000 != first));
    }

    #[test]
    fn random_is_even_as_chance_is_and_repeats_with_its_seed() {
        let counts = spread(&Random::seeded(7), 10_000);
        let expected = 10_000.0 / 7.0;
        let chi: f64 = counts
            .iter()
            .map(|n| (f64::from(u32::try_from(*n).unwrap()) - expected).powi(2) / expected)
            .sum();
        assert!(
            chi < 22.46,
            "chi-square {chi} with 6 degrees of freedom is below 22.46 in 999 of 1000 cases"
        );
        assert_eq!(spread(&Random::seeded(7), 100), spread(&Random::seeded(7), 100));
    }
}
