//! The lifecycle of a served component: its phases and the transitions between them.

use std::mem;
use std::sync::{Arc, MutexGuard};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::address::ids::ComponentId;
use crate::component::hooks::Hooks;
use crate::error::{Error, ErrorKind, Result};
use crate::node::{DistributedRuntime, Hosted};
use crate::server::drain::{Drainage, MonitorTask, Resources};
use crate::server::state::ServingState;
use crate::service::endpoint::Service;
use crate::sync::Lock;

/// A served component in one phase of its lifecycle.
pub(super) struct ServedComponent {
    pub(super) component: ComponentId,
    pub(super) runtime: DistributedRuntime,
    phase: Lock<Phase>,
    /// Publishes the phase.
    state: watch::Sender<ServingState>,
}

/// The phases, and what the component holds in each.
enum Phase {
    /// `#[on_start]` runs.
    Starting,
    /// The endpoints are being opened, then registered.
    Opening(Resources),
    /// All endpoints are registered.
    Registered(Resources),
    /// The monitor watches the registered endpoints.
    Running(Resources, MonitorTask),
    /// The task that drains the component holds its resources.
    Draining,
    /// Out of service; `clean` if all calls ended in time.
    Gone { clean: bool },
}

impl Phase {
    fn state(&self) -> ServingState {
        match self {
            Self::Starting | Self::Opening(_) => ServingState::Created,
            Self::Registered(_) => ServingState::Registered,
            Self::Running(..) => ServingState::Running,
            Self::Draining => ServingState::Draining,
            Self::Gone { .. } => ServingState::Deregistered,
        }
    }
}

impl ServedComponent {
    pub(super) fn new(component: ComponentId, runtime: DistributedRuntime) -> Arc<Self> {
        let phase = Phase::Starting;
        let state = watch::Sender::new(phase.state());
        Arc::new(Self { component, runtime, phase: Lock::new(phase), state })
    }

    pub(super) fn state(&self) -> watch::Receiver<ServingState> {
        self.state.subscribe()
    }

    /// The error of a start interrupted by a shutdown.
    pub(super) fn shutting_down(&self) -> Error {
        let message = format!("cannot serve {}: the runtime is shutting down", self.component);
        Error::new(ErrorKind::ShuttingDown, message)
    }

    /// Enters the opening phase after `#[on_start]`. Returns the hooks if a shutdown has begun.
    #[must_use = "stop these hooks: the component is already shutting down"]
    pub(super) fn started(&self, hooks: Hooks) -> Option<Hooks> {
        self.transition(|phase| match phase {
            Phase::Starting => (Phase::Opening(Resources { endpoints: Vec::new(), hooks }), None),
            other => (other, Some(hooks)),
        })
    }

    /// Updates the resources while the endpoints are being opened.
    ///
    /// # Errors
    /// [`ErrorKind::ShuttingDown`] if a shutdown has begun.
    pub(super) fn opening<R>(&self, change: impl FnOnce(&mut Resources) -> R) -> Result<R> {
        match &mut *self.lock() {
            Phase::Opening(resources) => Ok(change(resources)),
            _ => Err(self.shutting_down()),
        }
    }

    /// Enters the registered phase. Returns the endpoints in the order in which they were opened.
    ///
    /// # Errors
    /// [`ErrorKind::ShuttingDown`] if a shutdown has begun.
    pub(super) fn registered(&self) -> Result<Vec<Arc<Service>>> {
        self.transition(|phase| match phase {
            Phase::Opening(resources) => {
                let services = resources.endpoints.iter().map(|it| Arc::clone(&it.service)).collect();
                (Phase::Registered(resources), Ok(services))
            }
            other => (other, Err(self.shutting_down())),
        })
    }

    /// Enters the monitored phase.
    ///
    /// # Errors
    /// [`ErrorKind::ShuttingDown`] if a shutdown has begun; the monitor is then stopped.
    pub(super) fn running(&self, monitor: MonitorTask) -> Result<()> {
        self.transition(|phase| match phase {
            Phase::Registered(resources) => (Phase::Running(resources, monitor), Ok(())),
            other => {
                monitor.abort();
                (other, Err(self.shutting_down()))
            }
        })
    }

    /// Drains the component in the background, unless that has begun.
    pub(super) fn shut_down(self: &Arc<Self>) {
        if let Some(drainage) = self.begin_drain() {
            let this = Arc::clone(self);
            // On the secondary pool, which user handlers cannot block.
            drop(self.runtime.runtime().spawn_secondary(async move {
                let clean = drainage.run(&this.component, &this.runtime).await;
                this.finish(clean);
            }));
        }
    }

    /// Undoes a failed start. Does nothing if a shutdown has begun, which undoes it.
    ///
    /// # Cancel safety
    /// Once begun, it continues in the background.
    pub(super) async fn abandon(self: &Arc<Self>) {
        if let Some(drainage) = self.begin_drain() {
            let this = Arc::clone(self);
            let task = self.runtime.runtime().spawn_secondary(async move {
                drainage.abandon(&this.component, &this.runtime).await;
                this.finish(true);
            });
            let _ = task.await;
        }
    }

    /// Waits until the component is out of service. Returns whether all calls ended in time.
    pub(super) async fn ended(&self) -> bool {
        // The wait cannot fail: the sender is a field of `self`.
        let _ = self.state().wait_for(|state| *state == ServingState::Deregistered).await;
        matches!(*self.lock(), Phase::Gone { clean: true })
    }

    /// Returns the resources to the first caller, and `None` to all others.
    fn begin_drain(&self) -> Option<Drainage> {
        self.transition(|phase| {
            let (resources, monitor) = match phase {
                Phase::Starting => (None, None),
                Phase::Opening(resources) | Phase::Registered(resources) => (Some(resources), None),
                Phase::Running(resources, monitor) => (Some(resources), Some(monitor)),
                Phase::Draining | Phase::Gone { .. } => return (phase, None),
            };
            (Phase::Draining, Some(Drainage { resources, monitor }))
        })
    }

    fn finish(&self, clean: bool) {
        self.transition(|_| (Phase::Gone { clean }, ()));
        self.runtime.disown(self);
    }

    /// Replaces the phase and publishes its state.
    fn transition<R>(&self, step: impl FnOnce(Phase) -> (Phase, R)) -> R {
        let mut phase = self.lock();
        let (next, result) = step(mem::replace(&mut *phase, Phase::Draining));
        *phase = next;
        let state = phase.state();
        if self.state.send_if_modified(|known| mem::replace(known, state) != state) {
            tracing::debug!(component = %self.component, ?state, "serving");
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock()
    }
}

impl Hosted for ServedComponent {
    fn leave(self: Arc<Self>) {
        if matches!(*self.lock(), Phase::Starting) {
            tracing::warn!("waiting for #[on_start] of {}; a second signal does not wait", self.component);
        }
        self.shut_down();
    }

    fn left(&self) -> BoxFuture<'_, bool> {
        self.ended().boxed()
    }
}
