//! Child contexts: contexts of calls made on behalf of another request, or of none.

use std::collections::BTreeMap;

use tokio::time::Instant;
use uuid::Uuid;

use crate::engine::context::{Context, Identity};
use crate::engine::trace::Trace;

/// Settings of a child context. Unset ones are inherited from the parent.
#[derive(Clone, Debug, Default)]
pub struct ChildContext {
    /// The id; random if unset.
    pub id: Option<String>,
    /// The deadline. The parent's deadline applies as well.
    pub deadline: Option<Instant>,
    /// Metadata added to, or overriding, that of the parent.
    pub metadata: BTreeMap<String, String>,
    /// Trace headers to set; the rest is inherited. `traceparent` and `tracestate` are set together.
    pub trace: Trace,
}

impl ChildContext {
    /// Creates a child of the running handler's context, or an [orphan](Self::orphan) outside of
    /// handlers.
    pub(crate) fn of_current(self) -> Context {
        match Context::current() {
            Some(parent) => parent.child(self),
            None => self.orphan(),
        }
    }

    /// Creates a context with these settings and no parent.
    pub(crate) fn orphan(self) -> Context {
        let Self { id, deadline, metadata, trace } = self;
        let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
        Context::root(Identity { id, deadline, metadata, trace })
    }
}
