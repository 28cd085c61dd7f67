//! Admission control: limits running and queued calls, and rejects further ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

/// Why a request was rejected. No handler ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The limits are reached.
    Overloaded(String),
    /// The endpoint is not served, or is shutting down.
    Unavailable(String),
}

/// Limits the number of running calls and of queued calls.
///
/// The limiter of an endpoint precedes that of its process: a call passes the endpoint's first, then the
/// process's.
#[derive(Debug)]
pub(crate) struct Limiter {
    running: Semaphore,
    waiting: AtomicUsize,
    queue: usize,
    /// The next limiter of the call.
    next: Option<Arc<Self>>,
}

impl Limiter {
    /// Creates a limiter for `running` concurrent and `queue` waiting calls.
    pub(crate) fn new(running: usize, queue: usize) -> Arc<Self> {
        Self::build(running, queue, None)
    }

    /// Creates a limiter whose calls must also pass `next` before they run.
    pub(crate) fn in_front_of(next: Arc<Self>, running: usize, queue: usize) -> Arc<Self> {
        Self::build(running, queue, Some(next))
    }

    fn build(running: usize, queue: usize, next: Option<Arc<Self>>) -> Arc<Self> {
        let running = Semaphore::new(running.clamp(1, Semaphore::MAX_PERMITS));
        Arc::new(Self { running, waiting: AtomicUsize::new(0), queue, next })
    }

    /// Admits a call to this limiter and the next; `None` if one of them is full. A call queued at this
    /// limiter does not count towards the next, so that a saturated endpoint cannot starve the others.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Permit> {
        let mut permit = self.enter_here()?;
        if permit.state == PermitState::Running
            && let Some(next) = &self.next
        {
            permit.next = Some(Box::new(next.enter()?));
        }
        Some(permit)
    }

    /// Returns whether a further call would have to wait, here or at a later limiter.
    pub(crate) fn is_full(&self) -> bool {
        self.running.available_permits() == 0 || self.next.as_ref().is_some_and(|next| next.is_full())
    }

    fn enter_here(self: &Arc<Self>) -> Option<Permit> {
        if let Ok(slot) = self.running.try_acquire() {
            slot.forget();
            return Some(Permit::new(self, PermitState::Running));
        }
        // Counting before comparing keeps the bound exact under contention. Dropping the permit undoes the
        // count.
        let waiting = self.waiting.fetch_add(1, Ordering::AcqRel);
        let permit = Permit::new(self, PermitState::Queued);
        (waiting < self.queue).then_some(permit)
    }

    /// Waits for a running slot. Does not touch the queue count.
    async fn acquire(&self) {
        // The semaphore is never closed, so this always yields a slot. The caller's `Permit` releases it.
        if let Ok(slot) = self.running.acquire().await {
            slot.forget();
        }
    }
}

/// The admission of one call: queued first, running later. Dropping it releases its slot.
#[derive(Debug)]
pub(crate) struct Permit {
    limiter: Arc<Limiter>,
    state: PermitState,
    /// The admission to the next limiter; `None` if the call is still queued here or there is no next
    /// limiter.
    next: Option<Box<Self>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PermitState {
    Queued,
    Running,
}

impl Permit {
    fn new(limiter: &Arc<Limiter>, state: PermitState) -> Self {
        Self { limiter: Arc::clone(limiter), state, next: None }
    }

    /// Returns whether the call is queued at one of the limiters.
    pub(crate) fn is_queued(&self) -> bool {
        self.state == PermitState::Queued || self.next.as_ref().is_some_and(|next| next.is_queued())
    }

    /// Waits until the call may run.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future keeps the place in the queue.
    pub(crate) async fn ready(&mut self) {
        let mut permit = self;
        loop {
            if permit.state == PermitState::Queued {
                permit.limiter.acquire().await;
                permit.limiter.waiting.fetch_sub(1, Ordering::AcqRel);
                permit.state = PermitState::Running;
            }
            let Self { limiter, next, .. } = permit;
            let Some(behind) = &limiter.next else { return };
            permit = match next {
                Some(next) => next,
                None => {
                    // Admitted already, so neither rejected nor counted in the queue here: the limiter in
                    // front bounds how many calls wait at this one.
                    behind.acquire().await;
                    next.insert(Box::new(Self::new(behind, PermitState::Running)))
                }
            };
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        match self.state {
            PermitState::Queued => {
                self.limiter.waiting.fetch_sub(1, Ordering::AcqRel);
            }
            PermitState::Running => self.limiter.running.add_permits(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_more_than_running_and_waiting_is_refused_and_the_count_comes_back() {
        let limiter = Limiter::new(2, 1);
        let (one, _two) = (limiter.enter().unwrap(), limiter.enter().unwrap());
        let mut waiting = limiter.enter().unwrap();
        assert_eq!(waiting.state, PermitState::Queued);
        assert!(limiter.enter().is_none());
        assert!(limiter.enter().is_none(), "a refusal leaves no trace");
        drop(one);
        waiting.ready().await;
        assert_eq!(waiting.state, PermitState::Running);
        assert!(limiter.enter().is_some(), "the queue has room again");
    }

    #[tokio::test]
    async fn waiting_at_the_limiter_of_an_endpoint_takes_no_place_of_the_process() {
        let process = Limiter::new(2, 0);
        let endpoint = Limiter::in_front_of(Arc::clone(&process), 1, 1);
        let running = endpoint.enter().unwrap();
        let mut waiting = endpoint.enter().unwrap();
        assert!(endpoint.enter().is_none(), "neither running nor waiting");
        let other = process.enter().unwrap();
        assert!(process.enter().is_none());
        drop((running, other));
        waiting.ready().await;
        assert!(process.enter().is_some() && endpoint.enter().is_some());
    }

    #[tokio::test]
    async fn passing_the_endpoint_frees_its_queue_while_the_process_is_full() {
        let process = Limiter::new(1, 0);
        let endpoint = Limiter::in_front_of(Arc::clone(&process), 1, 1);
        let running = endpoint.enter().unwrap();
        let mut waiting = endpoint.enter().unwrap();
        drop(running);
        let other = process.enter().unwrap();
        assert!(waiting.ready().now_or_never().is_none());
        assert_eq!(waiting.state, PermitState::Running, "at its endpoint");
        let queued = endpoint.enter().unwrap();
        assert_eq!(queued.state, PermitState::Queued);
        drop(other);
        waiting.ready().await;
        assert!(process.enter().is_none(), "the call counts at the process");
        drop((waiting, queued));
        assert!(process.enter().is_some(), "all places are free again");
    }

    #[tokio::test]
    async fn a_full_process_gives_the_place_at_the_endpoint_back() {
        let process = Limiter::new(1, 0);
        let endpoint = Limiter::in_front_of(Arc::clone(&process), 1, 0);
        let other = process.enter().unwrap();
        assert!(endpoint.enter().is_none());
        drop(other);
        assert!(endpoint.enter().is_some());
    }

    #[test]
    fn the_counts_are_exact_under_contention() {
        let limiter = Limiter::in_front_of(Limiter::new(1, 1), 2, 2);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| drop(limiter.enter())));
            }
        });
        let permits: Vec<_> = std::iter::from_fn(|| limiter.enter()).take(9).collect();
        assert_eq!(permits.len(), 4, "one runs, one waits at the next limiter, two wait here");
    }

    #[tokio::test]
    async fn giving_up_frees_the_place() {
        let limiter = Limiter::new(1, 1);
        let _running = limiter.enter().unwrap();
        let mut waiting = limiter.enter().unwrap();
        assert!(waiting.ready().now_or_never().is_none());
        drop(waiting);
        assert!(limiter.enter().is_some());
    }
}
