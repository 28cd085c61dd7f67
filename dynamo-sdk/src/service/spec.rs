//! A mounted endpoint, and the options set by its mount statement.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::address::names::EndpointName;
use crate::service::bounds::Encode;
use crate::service::endpoint_info::EndpointInfo;
use crate::service::erased::ErasedEngine;
use crate::wire::codec::Codec;
use bytes::Bytes;

/// How a caller's disconnect affects the handler. A caller disconnects by dropping the call, killing it, or
/// terminating.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnDisconnect {
    /// Drops the future of the handler.
    #[default]
    Kill,
    /// Asks the handler to finish; further items are discarded.
    Stop,
    /// Lets the handler run to its end; further items are discarded.
    Ignore,
}

/// How an endpoint runs. The default is an endpoint without options.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// Whether the handler takes a context. Without one it cannot see a stop, which then ends it.
    pub(crate) takes_context: bool,
    /// Maximum duration of a call, counted from its admission.
    pub(crate) timeout: Option<Duration>,
    /// The endpoint's running and queued limits, applied in front of those of the process.
    pub(crate) in_flight: Option<(usize, usize)>,
    pub(crate) on_disconnect: OnDisconnect,
    /// Whether the handler may block.
    pub(crate) cpu: bool,
}

impl Options {
    /// Whether the handler runs in a spawned task instead of in that of its response.
    pub(crate) fn is_spawned(&self) -> bool {
        self.cpu || self.on_disconnect != OnDisconnect::Kill
    }
}

/// Encodes the canary request for the codec of its instance, or returns the reason of the failure.
pub(crate) type CanaryRequest = Arc<dyn Fn(Codec) -> Result<Bytes, String> + Send + Sync>;

/// An endpoint as mounted. Each setter is one option of `#[endpoint]`.
pub struct EndpointSpec {
    pub(crate) name: EndpointName,
    pub(crate) engine: Box<dyn ErasedEngine>,
    pub(crate) options: Options,
    pub(crate) canary: Option<CanaryRequest>,
    pub(crate) about: EndpointInfo,
}

impl EndpointSpec {
    pub(crate) fn new(name: EndpointName, engine: Box<dyn ErasedEngine>, about: EndpointInfo) -> Self {
        Self { name, engine, options: Options::default(), canary: None, about }
    }

    /// The options that differ from their defaults, for a description.
    pub(crate) fn described(&self) -> Vec<(&'static str, Value)> {
        let Options { takes_context, timeout, in_flight, on_disconnect, cpu } = self.options;
        let mut list = Vec::new();
        if takes_context {
            list.push(("takes_context", true.into()));
        }
        if let Some(limit) = timeout {
            list.push(("timeout_seconds", limit.as_secs_f64().into()));
        }
        if let Some((running, queue)) = in_flight {
            list.push(("max_in_flight", running.into()));
            list.push(("queue", queue.into()));
        }
        match on_disconnect {
            OnDisconnect::Kill => {}
            OnDisconnect::Stop => list.push(("on_disconnect", "stop".into())),
            OnDisconnect::Ignore => list.push(("on_disconnect", "ignore".into())),
        }
        if cpu {
            list.push(("cpu", true.into()));
        }
        if self.about.idempotent {
            list.push(("idempotent", true.into()));
        }
        if self.canary.is_some() {
            list.push(("canary", true.into()));
        }
        list
    }

    /// Sets the doc comment of the endpoint.
    pub fn docs(&mut self, docs: &'static str) -> &mut Self {
        self.about.docs = docs;
        self
    }

    /// Sets the schemas of request and response.
    pub fn schemas(&mut self, request: fn() -> Option<Value>, response: fn() -> Option<Value>) -> &mut Self {
        self.about.request.schema = request;
        self.about.response.schema = response;
        self
    }

    /// Marks the handler as idempotent: the client may retry a call that has started.
    pub fn idempotent(&mut self) -> &mut Self {
        self.about.idempotent = true;
        self
    }

    /// Marks the handler as taking a `Context`: it responds to a stop of the call itself.
    pub fn takes_context(&mut self) -> &mut Self {
        self.options.takes_context = true;
        self
    }

    /// Ends a call with `DeadlineExceeded` after `limit` milliseconds, counted from its admission and
    /// including its wait in the queue. The earlier one of this limit and the caller's deadline is in the
    /// context.
    pub fn timeout_ms(&mut self, limit: u64) -> &mut Self {
        self.options.timeout = Some(Duration::from_millis(limit));
        self
    }

    /// Lets `running` calls of this endpoint run and `queue` more wait; further calls are rejected as
    /// overloaded. Calls that wait here do not count towards the limit of the process.
    pub fn max_in_flight(&mut self, running: usize, queue: usize) -> &mut Self {
        self.options.in_flight = Some((running, queue));
        self
    }

    /// Stops the handler instead of dropping it when the caller disconnects.
    pub fn stop_on_disconnect(&mut self) -> &mut Self {
        self.options.on_disconnect = OnDisconnect::Stop;
        self
    }

    /// Lets the handler run to its end when the caller disconnects.
    pub fn ignore_disconnect(&mut self) -> &mut Self {
        self.options.on_disconnect = OnDisconnect::Ignore;
        self
    }

    /// Runs the handler on the blocking threads of the primary pool, of which there are
    /// `DYN_RUNTIME_MAX_BLOCKING_THREADS`, so that it may block. A kill reaches it at its next await point.
    pub fn cpu(&mut self) -> &mut Self {
        self.options.cpu = true;
        self
    }

    /// Calls the endpoint with this request after every `DYN_CANARY_WAIT_TIME` seconds without a successful
    /// call. If the call fails, the endpoint is deregistered until one succeeds.
    pub fn canary<Req: Encode>(&mut self, request: fn() -> Req) -> &mut Self {
        self.canary = Some(Arc::new(move |codec: Codec| {
            codec.encode(&request()).map_err(|error| {
                format!(
                    "the canary request cannot be encoded as {codec}: {}",
                    crate::error::chain::chain(&error)
                )
            })
        }));
        self
    }
}

impl fmt::Debug for EndpointSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointSpec")
            .field("name", &self.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
