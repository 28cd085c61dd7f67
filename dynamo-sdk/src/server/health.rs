//! How a served component is: its health hook, the canaries of its endpoints, and what of it may be found.
//!
//! Whoever is not well is withdrawn from discovery and put back when well again. Calls that arrive all the same are
//! answered: a success of one is as good as that of a canary, and puts the next canary off.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use futures::{FutureExt, StreamExt};
use serde::de::IgnoredAny;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use crate::address::names::EndpointName;
use crate::client::response::{ItemLimits, TypedResponse};
use crate::component::hooks::AskHealth;
use crate::engine::context::Context;
use crate::engine::context::Identity;
use crate::error::call::CallError;
use crate::error::chain::chain;
use crate::node::DistributedRuntime;
use crate::runtime::Runtime;
use crate::server::serve;
use crate::service::endpoint::Service;
use crate::service::spec::CanaryRequest;
use crate::transport::request::{Request, RequestBody};
use crate::wire::instance::Instance;

/// How one endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointHealth {
    /// It may be found; so it is until something says otherwise.
    Healthy,
    /// It is withdrawn from discovery.
    Unhealthy {
        /// What is wrong, in the words of the health hook or of the call that failed.
        reason: String,
    },
}

/// How the endpoints of a served component are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    endpoints: BTreeMap<EndpointName, EndpointHealth>,
}

impl Health {
    /// Whether all endpoints are healthy.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.endpoints.values().all(|health| *health == EndpointHealth::Healthy)
    }

    /// One endpoint; `None` if the component has no such endpoint.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<&EndpointHealth> {
        self.endpoints.iter().find(|(known, _)| known.as_str() == name).map(|(_, health)| health)
    }

    /// All endpoints, by name.
    pub fn endpoints(&self) -> impl Iterator<Item = (&EndpointName, &EndpointHealth)> {
        self.endpoints.iter()
    }
}

/// One endpoint and what is known of it.
pub(super) struct MonitoredEndpoint {
    pub(super) served: Arc<Service>,
    pub(super) instance: Arc<Instance>,
    pub(super) canary: Option<CanaryRequest>,
}

/// What is wrong, as far as is known; the registrations follow it.
struct HealthState {
    component: Option<String>,
    endpoints: Vec<Option<String>>,
    /// Whether its record is put.
    present: Vec<bool>,
}

/// Watches over a served component.
pub(super) struct HealthMonitor {
    patients: Vec<MonitoredEndpoint>,
    hooks: Vec<AskHealth>,
    findings: tokio::sync::Mutex<HealthState>,
    health: watch::Sender<Health>,
    runtime: DistributedRuntime,
}

impl HealthMonitor {
    /// Nothing is watched by this alone.
    pub(super) fn new(
        runtime: DistributedRuntime,
        patients: Vec<MonitoredEndpoint>,
        hooks: Vec<AskHealth>,
    ) -> Self {
        let count = patients.len();
        let names = patients.iter().map(|patient| patient.served.endpoint.endpoint.clone());
        let health = Health { endpoints: names.map(|name| (name, EndpointHealth::Healthy)).collect() };
        Self {
            patients,
            hooks,
            findings: tokio::sync::Mutex::new(HealthState {
                component: None,
                endpoints: vec![None; count],
                present: vec![true; count],
            }),
            health: watch::Sender::new(health),
            runtime,
        }
    }

    pub(super) fn health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    fn local(&self) -> &Runtime {
        self.runtime.runtime()
    }

    /// Asks and calls for as long as this is polled; ends at once if there is nothing to ask.
    pub(super) async fn watch(&self) {
        let canaries = (0..self.patients.len()).filter(|at| self.patients[*at].canary.is_some());
        let canaries = join_all(canaries.map(|at| self.watch_endpoint(at)));
        let hook = async {
            if !self.hooks.is_empty() {
                self.watch_component().await;
            }
        };
        futures::future::join(canaries, hook).await;
    }

    async fn watch_component(&self) {
        let config = self.runtime.config();
        loop {
            tokio::time::sleep(config.canary_wait_time).await;
            let mut wrong = None;
            for hook in &self.hooks {
                let asked = self.on_primary(hook(), config.health_check_request_timeout).await;
                if let Err(reason) = asked {
                    wrong = Some(reason);
                    break;
                }
            }
            self.found(None, wrong).await;
        }
    }

    async fn watch_endpoint(&self, at: usize) {
        let config = self.runtime.config();
        let patient = &self.patients[at];
        let mut last = Instant::now();
        loop {
            sleep_until(last + config.canary_wait_time).await;
            let success = patient.served.last_success();
            if success.is_some_and(|success| success > last) {
                last = success.unwrap_or(last);
                self.found(Some(at), None).await;
                continue;
            }
            let limit = config.health_check_request_timeout;
            let call =
                call(self.runtime.clone(), Arc::clone(&patient.instance), patient.canary.clone(), limit);
            let result = self.on_primary(call.boxed(), limit).await;
            last = Instant::now();
            self.found(Some(at), result.err().map(|why| format!("its canary failed: {why}"))).await;
        }
    }

    /// Runs what belongs to the user on the primary pool, within a limit.
    async fn on_primary(
        &self,
        work: BoxFuture<'static, Result<(), String>>,
        limit: Duration,
    ) -> Result<(), String> {
        let task = self.local().spawn(work);
        let abort = task.abort_handle();
        match timeout(limit, task).await {
            Ok(Ok(Some(result))) => result,
            Ok(Ok(None)) => Ok(()),
            Ok(Err(_)) => Err("it panicked".to_owned()),
            Err(_) => {
                abort.abort();
                Err(format!("no answer within {limit:?}"))
            }
        }
    }

    /// Notes what was found of the component or of one endpoint, and brings discovery in line with it.
    async fn found(&self, at: Option<usize>, wrong: Option<String>) {
        let mut findings = self.findings.lock().await;
        match at {
            None => findings.component = wrong,
            Some(at) => findings.endpoints[at] = wrong,
        }
        for (at, patient) in self.patients.iter().enumerate() {
            let wrong = findings.component.as_ref().or(findings.endpoints[at].as_ref()).cloned();
            let wanted = wrong.is_none();
            if wanted != findings.present[at] && self.apply(&patient.instance, wrong.as_deref()).await {
                findings.present[at] = wanted;
            }
            let health = wrong.map_or(EndpointHealth::Healthy, |reason| EndpointHealth::Unhealthy { reason });
            self.tell(&patient.served.endpoint.endpoint, health);
        }
    }

    fn tell(&self, name: &EndpointName, health: EndpointHealth) {
        self.health.send_if_modified(|all| match all.endpoints.get_mut(name) {
            Some(known) if *known != health => {
                *known = health;
                true
            }
            _ => false,
        });
    }

    /// Withdraws a record because of what is `wrong`, or puts it back; whether that is done.
    async fn apply(&self, instance: &Instance, wrong: Option<&str>) -> bool {
        let discovery = self.runtime.discovery();
        let record = match instance.to_record() {
            Ok(record) => record,
            Err(error) => {
                tracing::error!(%instance, ?error, "a record cannot be written");
                return false;
            }
        };
        let done = match wrong {
            Some(reason) => {
                tracing::warn!(%instance, reason, "unhealthy: withdrawn from discovery until it is well again");
                discovery.deregister(&record.key).await
            }
            None => {
                tracing::info!(%instance, "healthy again: put back into discovery");
                discovery.register(record).await
            }
        };
        if let Err(error) = &done {
            tracing::warn!(%instance, ?error, "discovery could not be told; it is tried again");
        }
        done.is_ok()
    }
}

/// Calls an endpoint of this process as any other process would.
async fn call(
    runtime: DistributedRuntime,
    target: Arc<Instance>,
    request: Option<CanaryRequest>,
    limit: Duration,
) -> Result<(), String> {
    let Some(request) = request else { return Ok(()) };
    let body = request(target.codec)?;
    let id = uuid::Uuid::new_v4().to_string();
    let cx = Context::root(Identity { id, deadline: Some(Instant::now() + limit), ..Identity::default() });
    let (input, first_item) = (RequestBody::One(body), Some(limit));
    let outgoing = Request { target: Arc::clone(&target), cx: cx.clone(), input, first_item };
    let response = match runtime.plane().call(outgoing).await {
        Ok(response) => response,
        // Whoever has much to do is alive.
        Err(CallError::Overloaded { .. }) => return Ok(()),
        Err(error) => return Err(chain(&error)),
    };
    let limits = ItemLimits::new(limit, limit);
    let mut items = TypedResponse::<IgnoredAny>::new(response, target, cx, limits, Some(limit));
    while let Some(item) = items.next().await {
        item.map_err(|error| chain(&error))?;
    }
    Ok(())
}

/// Watches over a component until it leaves service.
pub(super) async fn watch_over(vitals: Arc<HealthMonitor>, mut state: watch::Receiver<serve::ServingState>) {
    tokio::select! {
        biased;
        _ = state.wait_for(|state| *state >= serve::ServingState::Draining) => {}
        () = vitals.watch() => {}
    }
}
