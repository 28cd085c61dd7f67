//! The served endpoints: their subscriptions, and one micro service per component.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Message;
use futures::FutureExt;
use futures::future::join_all;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::address::ids::ComponentId;
use crate::clock::after;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::Runtime;
use crate::service::endpoint::Service;
use crate::transport::nats::inbox::Inbox;
use crate::transport::nats::link::NatsLink;
use crate::transport::nats::message::from_nats;
use crate::transport::nats::micro::{Counters, ServiceBoard};
use crate::transport::nats::subject;
use crate::transport::nats::subject::QUEUE_GROUP;
use crate::transport::nats::subscription::LinkSubscription;
use crate::transport::response::inbound::accept;
use crate::transport::response::task::ResponseLimits;

/// Time limit for unsubscribing an endpoint.
const CLOSE: Duration = Duration::from_secs(2);

/// All endpoints served over NATS.
pub(super) struct NatsServices {
    runtime: Runtime,
    link: NatsLink,
    inbox: Arc<Inbox>,
    /// How long a caller waits for an acknowledgement, and therefore how long sending one is useful.
    ack_limit: Duration,
    limits: ResponseLimits,
    open: Mutex<HashMap<ComponentId, NatsService>>,
}

/// The micro service of one component. Dropping it ends it.
struct NatsService {
    board: Arc<ServiceBoard>,
    endpoints: HashMap<String, NatsEndpoint>,
    task: Task,
}

/// A served endpoint. Dropping it ends it.
struct NatsEndpoint {
    task: Task,
}

/// A task that ends when this is dropped.
struct Task {
    end: DropGuard,
    handle: JoinHandle<Option<()>>,
}

impl Task {
    /// Ends the task and waits for it.
    async fn end(self) {
        drop(self.end);
        self.handle.await.ok();
    }
}

impl NatsServices {
    pub(super) fn new(runtime: Runtime, config: &Config, link: NatsLink, inbox: Arc<Inbox>) -> Self {
        Self {
            runtime,
            link,
            inbox,
            ack_limit: config.nats.nats_request_timeout,
            limits: ResponseLimits::of(config),
            open: Mutex::default(),
        }
    }

    /// Subscribes an endpoint. Returns its subject once the server has confirmed the subscription.
    pub(super) async fn open(&self, served: &Arc<Service>) -> Result<String> {
        let subject = subject::of(&served.endpoint, served.instance)?;
        let opening = timeout(self.ack_limit, self.subscribe(served, &subject));
        let failed = |kind, why: &str| {
            let what =
                format!("cannot serve {} at {} (NATS_SERVER): {why}", served.endpoint, self.link.server);
            Error::new(kind, what)
        };
        match opening.await {
            Ok(opened) => opened?,
            Err(_) => {
                return Err(failed(
                    ErrorKind::Unreachable,
                    "the connection did not accept the subscription in time",
                ));
            }
        }
        // A caller that reads the record registered next finds the subscription in place.
        if self.inbox.round_trip(self.ack_limit).await {
            tracing::info!(%subject, "waiting for requests");
            return Ok(subject);
        }
        self.close(served).await;
        Err(failed(ErrorKind::Unreachable, "the server did not confirm the subscription"))
    }

    async fn subscribe(&self, served: &Arc<Service>, subject: &str) -> Result<()> {
        let mut open = self.open.lock().await;
        let component = served.endpoint.component_id();
        if !open.contains_key(&component) {
            open.insert(component.clone(), self.start(&component).await?);
        }
        let group = QUEUE_GROUP.to_owned();
        let requests = self.link.subscribe(subject.to_owned(), Some(group)).await.map_err(|source| {
            Error::new(ErrorKind::Internal, format!("cannot subscribe to {subject}")).with_source(source)
        })?;
        // Inserted above if it was missing.
        let Some(service) = open.get_mut(&component) else { return Ok(()) };
        let counters = Counters::new(subject.to_owned());
        service.board.add(&counters);
        let end = CancellationToken::new();
        let taker = RequestTaker {
            runtime: self.runtime.clone(),
            link: self.link.clone(),
            served: Arc::clone(served),
            counters,
            ack_limit: self.ack_limit,
            limits: self.limits,
        };
        let handle = self.runtime.spawn(taker.run(requests, end.clone()));
        let task = Task { end: end.drop_guard(), handle };
        service.endpoints.insert(subject.to_owned(), NatsEndpoint { task });
        Ok(())
    }

    async fn start(&self, component: &ComponentId) -> Result<NatsService> {
        let inbox = self.link.client().new_inbox();
        let id = inbox.rsplit('.').next().unwrap_or_default().to_owned();
        let board = ServiceBoard::new(component, id);
        let questions = board.subscribe(&self.link).await?;
        let end = CancellationToken::new();
        let serve = Arc::clone(&board).serve(self.link.clone(), questions);
        let ended = end.clone();
        let serve = async move {
            ended.run_until_cancelled(serve).await;
        };
        let handle = self.runtime.spawn_secondary(serve);
        Ok(NatsService { board, endpoints: HashMap::new(), task: Task { end: end.drop_guard(), handle } })
    }

    /// Unsubscribes the endpoint, and stops the micro service with the last endpoint of a component.
    /// Callers then get "no responders" at once.
    ///
    /// A request that the server delivers at the moment of unsubscribing is lost without a reply,
    /// because `async-nats` forgets a subscription before the server does. By then the record has long
    /// been removed, and callers that still know the subject have been rejected for a while.
    pub(super) async fn close(&self, served: &Arc<Service>) {
        let Ok(subject) = subject::of(&served.endpoint, served.instance) else { return };
        let mut tasks = Vec::new();
        {
            let mut open = self.open.lock().await;
            let component = served.endpoint.component_id();
            let Some(service) = open.get_mut(&component) else { return };
            service.board.remove(&subject);
            tasks.extend(service.endpoints.remove(&subject).map(|endpoint| endpoint.task));
            if service.endpoints.is_empty() {
                tasks.extend(open.remove(&component).map(|service| service.task));
            }
        }
        let leave = async {
            join_all(tasks.into_iter().map(Task::end)).await;
            self.link.is_up() && self.inbox.round_trip(CLOSE).await
        };
        if timeout(CLOSE, leave).await != Ok(true) {
            tracing::debug!(%subject, "the server did not confirm in time that the subject has no subscriber");
        }
    }
}

/// Receives the requests of one endpoint.
struct RequestTaker {
    runtime: Runtime,
    link: NatsLink,
    served: Arc<Service>,
    counters: Arc<Counters>,
    ack_limit: Duration,
    limits: ResponseLimits,
}

impl RequestTaker {
    async fn run(self, mut requests: LinkSubscription, end: CancellationToken) {
        while let Some(request) = end.run_until_cancelled(requests.next()).await {
            match request {
                Some(request) => self.contained(request).await,
                None => return,
            }
        }
        if let Err(error) = requests.unsubscribe().await {
            tracing::debug!(%error, "the connection closed before an endpoint unsubscribed");
        }
        // Requests that had already arrived are rejected, not dropped: by now the endpoint rejects
        // everything.
        while let Some(request) = requests.next().await {
            self.contained(request).await;
        }
    }

    /// Takes a request; a panic costs this one and not the endpoint.
    async fn contained(&self, request: Message) {
        if AssertUnwindSafe(self.take(request)).catch_unwind().await.is_err() {
            self.runtime.observers().task_restarted("requests over NATS");
            tracing::error!(endpoint = %self.served.endpoint, "taking a request panicked; the next ones are taken");
        }
    }

    /// Acknowledges a request and starts its response.
    async fn take(&self, request: Message) {
        let begun = Instant::now();
        let Message { headers, payload, reply, .. } = request;
        let (ack, job) = accept(&self.served, &from_nats(headers.as_ref()), payload);
        let acknowledged = match reply {
            Some(reply) => {
                let mut text = ack.to_bytes();
                text.truncate(self.link.client().max_payload());
                self.link.publish(reply, text, after(begun, self.ack_limit)).await
            }
            // The caller wants no acknowledgement, which is no reason to skip the work.
            None => Ok(()),
        };
        self.counters.note(begun.elapsed(), &ack);
        match (acknowledged, job) {
            (Ok(()), Some(job)) => drop(self.runtime.spawn(job.run(self.limits))),
            (Ok(()), None) => {
                tracing::debug!(?ack, endpoint = %self.served.endpoint, "rejected a request");
            }
            // The caller considers it lost and may be retrying elsewhere.
            (Err(error), _) => {
                tracing::warn!(%error, endpoint = %self.served.endpoint, "cannot acknowledge a request, skipping its response");
            }
        }
    }
}

impl fmt::Debug for NatsServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsServices").finish_non_exhaustive()
    }
}
