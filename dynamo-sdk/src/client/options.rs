//! Per-call options.

use std::time::Duration;

use crate::address::ids::InstanceId;
use crate::engine::context::Context;
use crate::engine::context::child::ChildContext;

/// Options of a single call.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) first_item: Option<Duration>,
    pub(crate) silence: Option<Duration>,
    pub(crate) to: Option<InstanceId>,
    pub(crate) idempotent: bool,
    pub(crate) child: ChildContext,
    pub(crate) parent: Parent,
}

impl CallOptions {
    /// Makes the call a continuation of the request of `cx`, with the same id.
    pub(crate) fn continuing(mut self, cx: &Context) -> Self {
        self.child.id.get_or_insert_with(|| cx.id().to_owned());
        self.parent = Parent::Given(cx.clone());
        self
    }
}

/// The context from which a call inherits cancellation, deadline, metadata and trace.
#[derive(Clone, Debug, Default)]
pub(crate) enum Parent {
    /// The context of the calling handler, if there is one.
    #[default]
    Current,
    Given(Context),
    None,
}
