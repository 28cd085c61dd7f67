//! The listener for response connections of workers: one per runtime, opened by the first call.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncReadExt;
use tokio::sync::{OnceCell, oneshot};

use crate::config::Config;
use crate::error::Result;
use crate::observe::connection_scope::ConnectionScope;
use crate::observe::observer::Plane;
use crate::runtime::Runtime;
use crate::sync::Lock;
use crate::transport::net::accept::{AcceptLimits, accept_loop};
use crate::transport::net::listen::{BoundAddress, listen};
use crate::transport::net::settings::ListenSettings;
use crate::transport::net::stream::Stream;
use crate::wire::codec::Codec;
use crate::wire::control::{Handshake, MAX_CONTROL_LEN, StreamType};
use crate::wire::frame::TwoPartDecoder;

/// Timeout of the handshake of a connection.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Maximum connections in their handshake. Further ones wait in the listen backlog.
const HANDSHAKES: usize = 1024;

/// Returns the settings of the response port.
pub(crate) fn response_port(config: &Config) -> ListenSettings {
    let settings = &config.response;
    ListenSettings {
        variable: "DYN_TCP_RESPONSE_STREAM_HOST",
        host: settings.tcp_response_stream_host.clone(),
        port: settings.tcp_response_stream_port,
        advertise_variable: "DYN_SDK_TCP_RESPONSE_ADVERTISE",
        advertise: settings.tcp_response_stream_advertise.clone(),
        names_allowed: true,
    }
}

/// The listener for response connections.
#[derive(Debug)]
pub(crate) struct ResponseListener {
    runtime: Runtime,
    config: Config,
    /// The advertised `host:port`, once the port is open.
    address: OnceCell<String>,
    expected: Arc<PendingConnections>,
}

/// Expected connections by subject.
#[derive(Debug, Default)]
struct PendingConnections(Lock<HashMap<String, Expectation>>);

#[derive(Debug)]
struct Expectation {
    stream_type: StreamType,
    arrival: oneshot::Sender<HomeConnection>,
}

impl PendingConnections {
    /// Removes and returns the entry for a connection; `None` if its subject is unknown or its direction is
    /// wrong.
    fn take(&self, handshake: &Handshake) -> Option<Expectation> {
        let mut expected = self.0.lock();
        expected.get(&handshake.subject).filter(|found| found.stream_type == handshake.stream_type)?;
        expected.remove(&handshake.subject)
    }
}

/// A worker's connection after its handshake.
#[derive(Debug)]
pub(crate) struct HomeConnection {
    pub(crate) stream: Stream,
    /// Bytes received after the handshake.
    pub(crate) buf: BytesMut,
    /// Reports when it is closed.
    pub(crate) _open: ConnectionScope,
}

/// An expected connection. If dropped, the connection is closed when the worker opens it.
#[derive(Debug)]
pub(crate) struct ExpectedConnection {
    pub(crate) subject: String,
    pub(crate) arrival: oneshot::Receiver<HomeConnection>,
    expectations: Arc<PendingConnections>,
}

impl Drop for ExpectedConnection {
    fn drop(&mut self) {
        self.expectations.0.lock().remove(&self.subject);
    }
}

impl ResponseListener {
    pub(crate) fn new(runtime: Runtime, config: Config) -> Self {
        Self { runtime, config, address: OnceCell::new(), expected: Arc::default() }
    }

    /// Returns the advertised address. Opens the port on first use.
    ///
    /// # Errors
    /// If the port cannot be opened.
    pub(crate) async fn address(&self) -> Result<&str> {
        let address = self.address.get_or_try_init(|| async {
            let config = &self.config;
            let settings = config.clone();
            let listening = async move { listen(&settings, &response_port(&settings)).await };
            let BoundAddress { listener, advertised } = self.runtime.on_primary(listening).await??;
            tracing::info!(address = %advertised, "waiting for response streams");
            let mut limits = AcceptLimits::unlimited("a response stream");
            limits.concurrent = HANDSHAKES;
            let expected = Arc::clone(&self.expected);
            let observers = self.runtime.observers().clone();
            let accept =
                accept_loop(listener, self.runtime.clone(), limits, move |stream, from| async move {
                    let open = observers.accepted(Plane::Response, from);
                    welcome((stream, open), from, &expected).await;
                });
            drop(self.runtime.spawn(accept));
            Ok(advertised)
        });
        address.await.map(String::as_str)
    }

    /// Registers an expected connection. Its subject is random, so other processes cannot guess it and
    /// impersonate the worker.
    pub(crate) fn expect(&self, stream_type: StreamType) -> ExpectedConnection {
        let subject = uuid::Uuid::new_v4().to_string();
        let (sender, arrival) = oneshot::channel();
        self.expected.0.lock().insert(subject.clone(), Expectation { stream_type, arrival: sender });
        ExpectedConnection { subject, arrival, expectations: Arc::clone(&self.expected) }
    }

    /// Returns the number of expected connections.
    pub(crate) fn awaited(&self) -> usize {
        self.expected.0.lock().len()
    }
}

/// Reads the handshake and delivers the connection to the call that expects it.
async fn welcome(stream: (Stream, ConnectionScope), from: SocketAddr, expected: &PendingConnections) {
    match tokio::time::timeout(HANDSHAKE, greet(stream)).await {
        Ok(Some((handshake, arrival))) => {
            let Some(waiting) = expected.take(&handshake) else {
                // Normal for a call that was abandoned before its worker connected.
                tracing::debug!(%from, "dropped a response connection with an unknown subject");
                return;
            };
            // If the call was dropped, this closes the connection.
            let _ = waiting.arrival.send(arrival);
        }
        Ok(None) => tracing::debug!(%from, "dropped a response connection without a valid handshake"),
        Err(_) => tracing::debug!(%from, "timed out waiting for the handshake of a response connection"),
    }
}

/// Reads the handshake; `None` if it is invalid.
async fn greet((mut stream, _open): (Stream, ConnectionScope)) -> Option<(Handshake, HomeConnection)> {
    let mut buf = BytesMut::with_capacity(4096);
    let mut decoder = TwoPartDecoder::new(MAX_CONTROL_LEN);
    loop {
        if let Some(frame) = decoder.decode(&mut buf).ok()? {
            if !frame.body.is_empty() {
                return None;
            }
            let handshake: Handshake = Codec::Json.decode(&frame.header).ok()?;
            if handshake.stream_type == StreamType::Response {
                // As Dynamo does, reset on close, which spares the worker's port TIME_WAIT. On a connection
                // for requests this would discard requests in flight.
                stream.reset_on_close().ok()?;
            }
            return Some((handshake, HomeConnection { stream, buf, _open }));
        }
        if stream.read_buf(&mut buf).await.ok()? == 0 {
            return None;
        }
    }
}
