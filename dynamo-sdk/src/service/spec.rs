//! One endpoint on its way into the runtime, and the options that the chain behind its mount statement sets.

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

/// What happens to a handler whose caller is gone: it dropped the call, killed it, or died.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnDisconnect {
    /// Its future is dropped.
    #[default]
    Kill,
    /// It is asked to finish, and nobody reads what it still sends.
    Stop,
    /// It runs to its end, and nobody reads what it still sends.
    Ignore,
}

/// How an endpoint is run. The default is what an endpoint without options gets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// Whether the handler takes a context. If not, it cannot see a `stop`, which therefore ends it.
    pub(crate) takes_context: bool,
    /// The longest a call may take here, from its admission on.
    pub(crate) timeout: Option<Duration>,
    /// How many calls run and how many wait, before the bounds of the process are looked at.
    pub(crate) in_flight: Option<(usize, usize)>,
    pub(crate) on_disconnect: OnDisconnect,
    /// Whether the handler may block.
    pub(crate) cpu: bool,
}

impl Options {
    /// Whether the handler runs in a task of its own instead of in that of its response.
    pub(crate) fn runs_apart(&self) -> bool {
        self.cpu || self.on_disconnect != OnDisconnect::Kill
    }
}

/// Makes the request of a canary in the codec of its instance; the error says why it cannot.
pub(crate) type CanaryRequest = Arc<dyn Fn(Codec) -> Result<Bytes, String> + Send + Sync>;

/// One endpoint on its way into the runtime. Each setter is one option of `#[endpoint]`.
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

    /// The options that are not as they are without any, for a description.
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

    /// Says what the endpoint is for.
    pub fn docs(&mut self, docs: &'static str) -> &mut Self {
        self.about.docs = docs;
        self
    }

    /// Says how the schemas of request and response are made.
    pub fn schemas(&mut self, request: fn() -> Option<Value>, response: fn() -> Option<Value>) -> &mut Self {
        self.about.request.schema = request;
        self.about.response.schema = response;
        self
    }

    /// Says that the handler may run twice for a call. It is the client that makes use of it.
    pub fn idempotent(&mut self) -> &mut Self {
        self.about.idempotent = true;
        self
    }

    /// Says that the handler takes a `Context`: a stop of the call is then its business.
    pub fn takes_context(&mut self) -> &mut Self {
        self.options.takes_context = true;
        self
    }

    /// Ends a call after `limit` milliseconds, counted from its admission and with its wait for a turn. The deadline of the
    /// caller holds as well; the earlier one is in the context. The caller is told `DeadlineExceeded`.
    pub fn timeout_ms(&mut self, limit: u64) -> &mut Self {
        self.options.timeout = Some(Duration::from_millis(limit));
        self
    }

    /// Lets `running` calls of this endpoint run and `queue` more wait; one more is refused at once as overload. A call that
    /// waits here takes no place of the process.
    pub fn max_in_flight(&mut self, running: usize, queue: usize) -> &mut Self {
        self.options.in_flight = Some((running, queue));
        self
    }

    /// A caller that is gone stops the handler instead of ending it.
    pub fn stop_on_disconnect(&mut self) -> &mut Self {
        self.options.on_disconnect = OnDisconnect::Stop;
        self
    }

    /// A caller that is gone leaves the handler alone.
    pub fn ignore_disconnect(&mut self) -> &mut Self {
        self.options.on_disconnect = OnDisconnect::Ignore;
        self
    }

    /// The handler may block its thread: it runs on the blocking threads of the primary pool, of which there are
    /// `DYN_RUNTIME_MAX_BLOCKING_THREADS`. A kill reaches it at its next await point.
    pub fn cpu(&mut self) -> &mut Self {
        self.options.cpu = true;
        self
    }

    /// While it is served, the endpoint is called with this request every `DYN_CANARY_WAIT_TIME` seconds without a call that
    /// succeeds. If that fails, the endpoint is withdrawn from discovery until a call succeeds.
    pub fn canary<Req: Encode>(&mut self, request: fn() -> Req) -> &mut Self {
        self.canary = Some(Arc::new(move |codec: Codec| {
            codec.encode(&request()).map_err(|error| {
                format!("its request cannot be encoded as {codec}: {}", crate::error::chain::chain(&error))
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
