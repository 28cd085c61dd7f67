//! Monitors the health of a served component: its health hook and the canaries of its endpoints.
//!
//! Unhealthy endpoints are deregistered until they recover. They still answer calls; a successful call, or an item
//! of a running one, counts as a passed canary and postpones the next one. While an endpoint is as busy as its limits
//! allow, there is no canary: waiting for a turn says nothing about health.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, join, join_all};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use uuid::Uuid;

use crate::clock::after;
use crate::component::hooks::AskHealth;
use crate::node::DistributedRuntime;
use crate::server::canary;
use crate::server::health::{EndpointHealth, Health};
use crate::service::endpoint::Service;
use crate::service::spec::CanaryRequest;
use crate::wire::instance::Instance;

/// A monitored endpoint with its record and its canary.
pub(super) struct MonitoredEndpoint {
    pub(super) service: Arc<Service>,
    pub(super) instance: Arc<Instance>,
    pub(super) canary: Option<CanaryRequest>,
}

/// The latest check results, which the registrations follow.
struct HealthState {
    /// The error of the health hook, which applies to all endpoints.
    component: Option<String>,
    endpoints: Vec<EndpointState>,
}

struct EndpointState {
    /// The error of the canary.
    error: Option<String>,
    registered: bool,
}

/// Monitors a served component.
pub(super) struct HealthMonitor {
    endpoints: Vec<MonitoredEndpoint>,
    hooks: Vec<AskHealth>,
    state: tokio::sync::Mutex<HealthState>,
    health: watch::Sender<Health>,
    runtime: DistributedRuntime,
}

impl HealthMonitor {
    /// Creates the monitor of endpoints that are registered. [`run`](Self::run) makes the checks.
    pub(super) fn new(
        runtime: DistributedRuntime,
        endpoints: Vec<MonitoredEndpoint>,
        hooks: Vec<AskHealth>,
    ) -> Self {
        let names = endpoints.iter().map(|endpoint| endpoint.service.endpoint.endpoint.clone());
        let health = watch::Sender::new(Health::healthy(names));
        let states = endpoints.iter().map(|_| EndpointState { error: None, registered: true }).collect();
        let state = tokio::sync::Mutex::new(HealthState { component: None, endpoints: states });
        Self { endpoints, hooks, state, health, runtime }
    }

    /// Watches the health of the endpoints.
    pub(super) fn health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    /// Runs the checks until dropped. Returns immediately if there are none.
    pub(super) async fn run(&self) {
        let canaries = self.endpoints.iter().enumerate().filter_map(|(index, endpoint)| {
            let canary = endpoint.canary.clone()?;
            Some(self.check_endpoint(index, endpoint, canary))
        });
        let hooks = async {
            if !self.hooks.is_empty() {
                self.check_component().await;
            }
        };
        join(join_all(canaries), hooks).await;
    }

    async fn check_component(&self) {
        let config = self.runtime.config();
        loop {
            sleep(config.health.canary_wait_time).await;
            let mut error = None;
            for hook in &self.hooks {
                error = self.on_primary(hook(), config.health.health_check_request_timeout).await.err();
                if error.is_some() {
                    break;
                }
            }
            self.record(|state| state.component = error).await;
        }
    }

    async fn check_endpoint(&self, index: usize, endpoint: &MonitoredEndpoint, canary: CanaryRequest) {
        let config = self.runtime.config();
        let mut last = Instant::now();
        loop {
            sleep_until(after(last, config.health.canary_wait_time)).await;
            let Some(pulse) = endpoint.service.pulse() else { return };
            let error = if let Some(beat) = pulse.last().filter(|beat| *beat > last) {
                last = beat;
                None
            } else if endpoint.service.is_busy() {
                // The canary would take a place in the queue, and waiting for a turn says nothing about health.
                last = Instant::now();
                continue;
            } else {
                let id = Uuid::new_v4().to_string();
                pulse.expect(&id);
                let limit = config.health.health_check_request_timeout;
                let (runtime, instance) = (self.runtime.clone(), Arc::clone(&endpoint.instance));
                let call = canary::call(runtime, instance, Arc::clone(&canary), id, limit);
                let result = self.on_primary(call.boxed(), limit).await;
                last = Instant::now();
                if result.is_err() && pulse.is_waiting() && endpoint.service.is_busy() {
                    // Others came first.
                    continue;
                }
                result.err().map(|error| format!("canary failed: {error}"))
            };
            self.record(|state| state.endpoints[index].error = error).await;
        }
    }

    /// Runs user code on the primary pool, within a limit.
    async fn on_primary(
        &self,
        work: BoxFuture<'static, Result<(), String>>,
        limit: Duration,
    ) -> Result<(), String> {
        let task = self.runtime.runtime().spawn(work);
        let abort = task.abort_handle();
        match timeout(limit, task).await {
            Ok(Ok(Some(result))) => result,
            Ok(Ok(None)) => Ok(()),
            Ok(Err(_)) => Err("panicked".to_owned()),
            Err(_) => {
                abort.abort();
                Err(format!("no response within {limit:?}"))
            }
        }
    }

    /// Records the result of a check, then updates the registrations and publishes the health.
    async fn record(&self, update: impl FnOnce(&mut HealthState)) {
        let mut state = self.state.lock().await;
        update(&mut state);
        let HealthState { component, endpoints } = &mut *state;
        for (monitored, state) in self.endpoints.iter().zip(endpoints) {
            let error = component.as_ref().or(state.error.as_ref()).cloned();
            let healthy = error.is_none();
            if healthy != state.registered
                && self.update_registration(&monitored.instance, error.as_deref()).await
            {
                state.registered = healthy;
            }
            let health = error.map_or(EndpointHealth::Healthy, |reason| EndpointHealth::Unhealthy { reason });
            let name = &monitored.service.endpoint.endpoint;
            self.health.send_if_modified(|all| all.set(name, health));
        }
    }

    /// Deregisters an instance if there is an `error`, registers it again otherwise. Returns whether that
    /// succeeded.
    async fn update_registration(&self, instance: &Instance, error: Option<&str>) -> bool {
        let discovery = self.runtime.discovery();
        let record = match instance.to_record() {
            Ok(record) => record,
            Err(error) => {
                tracing::error!(%instance, ?error, "failed to encode an instance record");
                return false;
            }
        };
        let result = match error {
            Some(reason) => {
                tracing::warn!(%instance, reason, "unhealthy: deregistering until it recovers");
                discovery.deregister(&record.key).await
            }
            None => {
                tracing::info!(%instance, "healthy again: registering");
                discovery.register(record).await
            }
        };
        if let Err(error) = &result {
            tracing::warn!(%instance, ?error, "failed to update discovery, will retry");
        }
        result.is_ok()
    }
}
