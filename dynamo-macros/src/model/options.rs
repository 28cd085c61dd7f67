//! The options of an endpoint: how it runs and how it is called.

use syn::{Expr, LitInt};

use super::pipeline::Pipeline;

/// The options of one endpoint. An absent option has the SDK's default and leaves no trace in the code.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) timeout_ms: Option<u64>,
    /// The number of running calls, and of queued ones.
    pub(crate) max_in_flight: Option<(LitInt, Option<LitInt>)>,
    pub(crate) on_disconnect: Option<OnDisconnect>,
    pub(crate) idempotent: bool,
    pub(crate) cpu: bool,
    pub(crate) canary: Option<Expr>,
    pub(crate) pipeline: Option<Pipeline>,
}

/// What a lost caller means for the handler, unless it is the default.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDisconnect {
    Stop,
    Ignore,
}
