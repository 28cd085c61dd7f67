//! Admission: how many calls run, how many wait, and that one more is refused at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bounds the calls of a process.
#[derive(Debug)]
pub(crate) struct Limiter {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

impl Limiter {
    /// Lets `running` calls run and `queue` more wait.
    pub(crate) fn new(running: usize, queue: usize) -> Arc<Self> {
        let running = Arc::new(Semaphore::new(running.clamp(1, Semaphore::MAX_PERMITS)));
        Arc::new(Self { running, waiting: AtomicUsize::new(0), queue })
    }

    /// A place in the queue or beyond it; `None` if both are full.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Ticket> {
        if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            return Some(Ticket::Running(permit));
        }
        let place = Place { gate: Arc::clone(self) };
        // Counting first and looking after keeps the bound exact under contention; `place` takes the count back.
        (self.waiting.fetch_add(1, Ordering::AcqRel) < self.queue).then_some(Ticket::Waiting(place))
    }
}

/// Why a request was not let in. Nothing has run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Too much work.
    Overloaded(String),
    /// Not served, or not any more.
    Unavailable(String),
}

/// The gates on the way to a handler: that of its endpoint, if it has one, then that of the process.
#[derive(Debug)]
pub(crate) struct Limiters {
    pub(crate) own: Option<Arc<Limiter>>,
    pub(crate) process: Arc<Limiter>,
}

impl Limiters {
    /// Lets a call in; `None` if there is no room at one of the gates. A call that waits at its endpoint's gate takes no
    /// place of the process, and so keeps nobody else out.
    pub(crate) fn enter(&self) -> Option<Pass> {
        let own = match &self.own {
            None => None,
            Some(gate) => Some(gate.enter()?),
        };
        let process = match own {
            Some(Ticket::Waiting(_)) => Onward::Later(Arc::clone(&self.process)),
            _ => Onward::Ticket(self.process.enter()?),
        };
        Some(Pass { own, process })
    }
}

/// A call that was let in at all gates.
#[derive(Debug)]
pub(crate) struct Pass {
    own: Option<Ticket>,
    process: Onward,
}

/// How a call passes the gate of the process.
#[derive(Debug)]
enum Onward {
    Ticket(Ticket),
    /// Once it is its turn at the gate of its endpoint, which bounds how many come this way.
    Later(Arc<Limiter>),
}

/// What counts as running for as long as it is held.
#[derive(Debug)]
pub(crate) struct Permits {
    _own: Option<OwnedSemaphorePermit>,
    _process: Option<OwnedSemaphorePermit>,
}

impl Pass {
    /// Waits for the turn of the call at each gate.
    ///
    /// # Cancel safety
    /// Dropping the future gives all places up.
    pub(crate) async fn turn(self) -> Permits {
        let own = match self.own {
            Some(ticket) => ticket.turn().await,
            None => None,
        };
        let process = match self.process {
            Onward::Ticket(ticket) => ticket.turn().await,
            Onward::Later(gate) => Arc::clone(&gate.running).acquire_owned().await.ok(),
        };
        Permits { _own: own, _process: process }
    }
}

/// Gives a place in the queue back when the call runs or is given up.
#[derive(Debug)]
pub(crate) struct Place {
    gate: Arc<Limiter>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A call that was let in.
#[derive(Debug)]
pub(crate) enum Ticket {
    Running(OwnedSemaphorePermit),
    Waiting(Place),
}

impl Ticket {
    /// Waits for the turn of the call. Holding the result is what counts as running.
    ///
    /// # Cancel safety
    /// Dropping the future gives the place up.
    pub(crate) async fn turn(self) -> Option<OwnedSemaphorePermit> {
        match self {
            Self::Running(permit) => Some(permit),
            // The semaphore is never closed, so that this is always a permit.
            Self::Waiting(place) => Arc::clone(&place.gate.running).acquire_owned().await.ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_more_than_running_and_waiting_is_refused_and_the_count_comes_back() {
        let gate = Limiter::new(2, 1);
        let (one, _two) = (gate.enter().unwrap(), gate.enter().unwrap());
        let waiting = gate.enter().unwrap();
        assert!(matches!(waiting, Ticket::Waiting(_)));
        assert!(gate.enter().is_none());
        assert!(gate.enter().is_none(), "a refusal leaves no trace");
        drop(one);
        let permit = waiting.turn().await;
        assert!(permit.is_some());
        assert!(gate.enter().is_some(), "the queue has room again");
    }

    #[tokio::test]
    async fn waiting_at_the_gate_of_an_endpoint_takes_no_place_of_the_process() {
        let process = Limiter::new(2, 0);
        let gates = Limiters { own: Some(Limiter::new(1, 1)), process: Arc::clone(&process) };
        let running = gates.enter().unwrap();
        let waiting = gates.enter().unwrap();
        assert!(gates.enter().is_none(), "neither running nor waiting");
        let other = process.enter().unwrap();
        assert!(process.enter().is_none());
        drop((running, other));
        let permits = waiting.turn().await;
        assert!(process.enter().is_some() && gates.enter().is_some());
        drop(permits);
    }

    #[tokio::test]
    async fn giving_up_frees_the_place() {
        let gate = Limiter::new(1, 1);
        let _running = gate.enter().unwrap();
        drop(gate.enter().unwrap().turn());
        assert!(gate.enter().is_some());
    }
}
