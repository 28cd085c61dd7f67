//! Dynamo's NATS request plane (docs/wire/request-plane.md#nats): requests and acknowledgements travel over a
//! NATS server, responses over separate connections, as on the TCP plane.
//!
//! Only this module and its submodules use `async-nats`.

pub(crate) mod connection_events;
pub(crate) mod event;
pub(crate) mod inbox;
pub(crate) mod link;
pub(crate) mod message;
pub(crate) mod micro;
pub(crate) mod serve;
pub(crate) mod server;
pub(crate) mod subject;
pub(crate) mod subscription;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_nats::HeaderMap;
use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::{Instant, sleep};

use crate::clock::from_now;
use crate::config::Config;
use crate::error::Result;
use crate::error::call::kind::{CallErrorKind, Stage};
use crate::error::transport::TransportError;
use crate::runtime::Runtime;
use crate::service::endpoint::Service;
use crate::transport::nats::inbox::{Inbox, ReplyError};
use crate::transport::nats::link::NatsLink;
use crate::transport::nats::serve::NatsServices;
use crate::transport::request::memory::incompatible;
use crate::transport::request::{Request, RequestTransport, Response};
use crate::transport::response::listener::ResponseListener;
use crate::transport::response::prepare::prepare;
use crate::transport::response::refused::refused;
use crate::wire::frame::ack::Ack;
use crate::wire::instance::Transport;

/// Delay before a request without responders is sent once more: in a cluster, a new subscription
/// propagates from server to server.
const SECOND_TRY: Duration = Duration::from_millis(25);

/// Client and server side of the plane.
pub(crate) struct NatsTransport {
    config: Config,
    home: ResponseListener,
    link: NatsLink,
    inbox: Arc<Inbox>,
    services: NatsServices,
}

impl NatsTransport {
    /// Connects to the server named by `config`, waiting for it if necessary.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`](crate::error::ErrorKind::Unreachable) after the startup limit,
    /// [`ErrorKind::Denied`](crate::error::ErrorKind::Denied) or
    /// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) immediately.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub(crate) async fn connect(runtime: &Runtime, config: &Config) -> Result<Self> {
        let link = NatsLink::connect(runtime, &config.nats).await?;
        tracing::debug!(server = %link.server, max_payload = link.client().max_payload(), "request size is limited by the server");
        let inbox = Arc::new(Inbox::open(runtime, &link).await?);
        let services = NatsServices::new(runtime.clone(), config, link.clone(), Arc::clone(&inbox));
        let home = ResponseListener::new(runtime.clone(), config.clone());
        Ok(Self { config: config.clone(), home, link, inbox, services })
    }

    /// Sends a request within the size limit and returns its acknowledgement.
    async fn send(&self, subject: &str, headers: HeaderMap, payload: Bytes) -> Result<Ack, TransportError> {
        let limit = self.config.nats.nats_request_timeout;
        let deadline = from_now(limit);
        let mut reply = self.inbox.request(subject, headers.clone(), payload.clone(), limit).await;
        if matches!(reply, Err(ReplyError::NoResponders)) {
            sleep(SECOND_TRY).await;
            let left = deadline.saturating_duration_since(Instant::now());
            reply = self.inbox.request(subject, headers, payload, left).await;
        }
        reply.map(|text| Ack::from_bytes(&text)).map_err(|failure| match failure {
            ReplyError::NotSent(source) => TransportError::undelivered(source),
            ReplyError::NoResponders => TransportError::undelivered(format!("no responders on {subject}")),
            ReplyError::Timeout => TransportError::timed_out(Stage::Acknowledge, limit),
            ReplyError::Lost(source) => TransportError::lost(source),
        })
    }
}

#[async_trait]
impl RequestTransport for NatsTransport {
    fn speaks(&self) -> &'static str {
        "nats_tcp"
    }

    async fn open(&self, served: &Arc<Service>) -> Result<Transport> {
        Ok(Transport::Nats(self.services.open(served).await?))
    }

    async fn close(&self, served: &Arc<Service>) {
        self.services.close(served).await;
    }

    async fn call(&self, call: Request) -> Result<Response, TransportError> {
        let target = Arc::clone(&call.target);
        let Transport::Nats(subject) = &target.transport else { return Err(incompatible(&target, "nats")) };
        let (request, pending) = prepare(&self.home, call, self.config.response.max_item_size).await?;
        let headers = message::to_nats(&request.headers);
        // Queried for each request: after a reconnection, another server may have another limit.
        let limit = self.link.client().max_payload();
        let size = message::size(&headers, request.payload.len());
        if size > limit {
            return Err(TransportError::new(CallErrorKind::PayloadTooLarge { size, limit, plane: "nats" }));
        }
        match self.send(subject, headers, request.payload).await? {
            Ack::Accepted => pending.started().await,
            refusal => Err(refused(refusal)),
        }
    }

    fn pending(&self) -> usize {
        self.inbox.waiting() + self.home.awaited()
    }

    async fn shutdown(&self) {
        self.link.close().await;
    }
}

impl fmt::Debug for NatsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsTransport")
            .field("server", &self.link.server)
            .field("connected", &self.link.is_up())
            .field("waiting", &self.inbox.waiting())
            .field("awaited", &self.home.awaited())
            .finish_non_exhaustive()
    }
}
