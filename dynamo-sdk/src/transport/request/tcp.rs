//! Dynamo's TCP request plane (docs/wire/request-plane.md#tcp): one port for all endpoints of a process,
//! pooled and pipelined connections to other processes, acknowledgements in the order of the requests.

pub(crate) mod connection;
pub(crate) mod oversized;
pub(crate) mod pool;
pub(crate) mod server;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::BytesMut;
use tokio::sync::OnceCell;

use crate::config::Config;
use crate::error::Result;
use crate::error::call::kind::{CallErrorKind, Stage};
use crate::error::transport::TransportError;
use crate::runtime::Runtime;
use crate::service::endpoint::Service;
use crate::service::registry::{Registry, path};
use crate::transport::net::listen::{BoundAddress, listen};
use crate::transport::net::settings::ListenSettings;
use crate::transport::request::memory::incompatible;
use crate::transport::request::tcp::connection::{AckError, EncodedFrame};
use crate::transport::request::tcp::pool::Pool;
use crate::transport::request::{Request, RequestTransport, Response};
use crate::transport::response::listener::ResponseListener;
use crate::transport::response::prepare::{PreparedRequest, prepare};
use crate::transport::response::refused::refused;
use crate::wire::frame::ack::Ack;
use crate::wire::frame::request::put_request_head;
use crate::wire::headers;
use crate::wire::instance::Transport;

/// Returns the settings of the request port.
pub(crate) fn request_port(config: &Config) -> ListenSettings {
    let settings = &config.request;
    ListenSettings {
        variable: "DYN_TCP_RPC_HOST",
        host: settings.tcp_rpc_host.clone(),
        port: settings.tcp_rpc_port,
        advertise_variable: "DYN_SDK_TCP_RPC_ADVERTISE",
        advertise: settings.tcp_rpc_advertise.clone(),
        names_allowed: false,
    }
}

/// The TCP request plane, client and server.
pub(crate) struct TcpTransport {
    runtime: Runtime,
    config: Config,
    registry: Arc<Registry>,
    /// The advertised `ip:port` of the request port, once an endpoint is served.
    address: OnceCell<String>,
    home: ResponseListener,
    pool: Pool,
}

impl TcpTransport {
    pub(crate) fn new(runtime: Runtime, config: Config, registry: Arc<Registry>) -> Self {
        let home = ResponseListener::new(runtime.clone(), config.clone());
        let pool = Pool::new(runtime.clone(), &config.request);
        Self { runtime, config, registry, address: OnceCell::new(), home, pool }
    }

    async fn address(&self) -> Result<&str> {
        let address = self.address.get_or_try_init(|| async {
            let config = &self.config;
            let settings = config.clone();
            let listening = async move { listen(&settings, &request_port(&settings)).await };
            let BoundAddress { listener, advertised } = self.runtime.on_primary(listening).await??;
            tracing::info!(address = %advertised, "waiting for requests");
            server::start(&self.runtime, listener, Arc::clone(&self.registry), config);
            Ok(advertised)
        });
        address.await.map(String::as_str)
    }

    /// Encodes the request frame as head and payload.
    fn frame(&self, path: &str, mut request: PreparedRequest) -> Result<EncodedFrame, TransportError> {
        request.headers.insert(headers::json::ENDPOINT_PATH, path);
        let headers = request.headers.to_json();
        let size = 8 + path.len() + headers.len() + request.payload.len();
        let limit = self.config.request.tcp_max_message_size;
        if size > limit {
            return Err(TransportError::new(CallErrorKind::PayloadTooLarge { size, limit, plane: "tcp" }));
        }
        let mut head = BytesMut::new();
        put_request_head(&mut head, path, &headers, request.payload.len())
            .map_err(TransportError::invalid)?;
        Ok(EncodedFrame { head: head.freeze(), payload: request.payload })
    }
}

#[async_trait]
impl RequestTransport for TcpTransport {
    fn speaks(&self) -> &'static str {
        "tcp"
    }

    async fn open(&self, served: &Arc<Service>) -> Result<Transport> {
        let address = self.address().await?;
        Ok(Transport::Tcp(format!("{address}/{}", path(&served.endpoint, served.instance))))
    }

    // Removal from the registry makes the endpoint unreachable; the port stays open for other endpoints.
    async fn close(&self, _served: &Arc<Service>) {}

    async fn call(&self, call: Request) -> Result<Response, TransportError> {
        let target = Arc::clone(&call.target);
        let Transport::Tcp(address) = &target.transport else { return Err(incompatible(&target, "tcp")) };
        let Some((host, path)) = address.strip_prefix("tcp://").unwrap_or(address).split_once('/') else {
            return Err(TransportError::undelivered(format!("its record has no path: {address:?}")));
        };
        let (request, pending) = prepare(&self.home, call, self.config.response.max_item_size).await?;
        let outgoing = self.frame(path, request)?;
        let ack = self.pool.send(host, outgoing).await.map_err(|failure| failed(&self.config, failure))?;
        match ack {
            Ack::Accepted => pending.started().await,
            refusal => Err(refused(refusal)),
        }
    }

    fn pending(&self) -> usize {
        self.home.awaited()
    }

    async fn shutdown(&self) {
        self.pool.close();
    }
}

fn failed(config: &Config, failure: AckError) -> TransportError {
    let limits = &config.request;
    match failure {
        AckError::ConnectTimeout => TransportError::timed_out(Stage::Connect, limits.tcp_connect_timeout),
        AckError::AckTimeout => TransportError::timed_out(Stage::Acknowledge, limits.tcp_request_timeout),
        AckError::NotSent(source) => TransportError::undelivered(source),
        AckError::NotWritten(why) => TransportError::undelivered(why),
        AckError::Lost(source) => TransportError::lost(source),
    }
}

impl fmt::Debug for TcpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpTransport")
            .field("address", &self.address.get())
            .field("awaited", &self.home.awaited())
            .finish_non_exhaustive()
    }
}
