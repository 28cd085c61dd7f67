//! What can be set for one call.

use std::time::Duration;

use crate::address::ids::InstanceId;
use crate::engine::context::Context;
use crate::engine::context::child::ChildContext;

/// What can be set for one call.
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
    /// The call is the request of `cx` on its way on, and keeps its id.
    pub(crate) fn continuing(mut self, cx: &Context) -> Self {
        self.child.id.get_or_insert_with(|| cx.id().to_owned());
        self.parent = Parent::Given(cx.clone());
        self
    }
}

/// Whose cancellation, deadline, metadata and trace the call inherits.
#[derive(Clone, Debug, Default)]
pub(crate) enum Parent {
    /// Those of the handler that makes it, if one does.
    #[default]
    Current,
    Given(Context),
    None,
}
