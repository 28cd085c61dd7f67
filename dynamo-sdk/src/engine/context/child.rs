//! A context for a call that is made on behalf of another one, or of none.

use std::collections::BTreeMap;

use tokio::time::Instant;
use uuid::Uuid;

use crate::engine::context::{Context, Identity};
use crate::engine::trace::Trace;

/// What distinguishes a child context from its parent.
#[derive(Clone, Debug, Default)]
pub struct ChildContext {
    /// Its id; random if unset.
    pub id: Option<String>,
    /// Its deadline; that of the parent applies as well.
    pub deadline: Option<Instant>,
    /// Metadata beside, or instead of, that of the parent.
    pub metadata: BTreeMap<String, String>,
    /// What it sets of its trace; the rest is that of the parent. `traceparent` and `tracestate` are set together.
    pub trace: Trace,
}

impl ChildContext {
    /// A child of the handler that is running right now; without one, an [orphan](Self::orphan).
    pub(crate) fn of_current(self) -> Context {
        match Context::current() {
            Some(parent) => parent.child(self),
            None => self.orphan(),
        }
    }

    /// A context like this without a parent.
    pub(crate) fn orphan(self) -> Context {
        let Self { id, deadline, metadata, trace } = self;
        let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
        Context::root(Identity { id, deadline, metadata, trace })
    }
}
