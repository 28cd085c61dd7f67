//! Trace headers that arrived.

use crate::engine::trace::{Trace, check_parent, check_request_id, check_state};

impl Trace {
    /// Keeps the valid values of received headers. A `tracestate` counts only with a valid
    /// `traceparent`.
    pub(crate) fn received(parent: Option<&str>, state: Option<&str>, request_id: Option<&str>) -> Self {
        let valid = |text: Option<&str>, check: fn(&str) -> Result<(), &'static str>| {
            text.filter(|text| check(text).is_ok()).map(str::to_owned)
        };
        let traceparent = valid(parent, check_parent);
        let tracestate = traceparent.is_some().then(|| valid(state, check_state)).flatten();
        Self { traceparent, tracestate, x_request_id: valid(request_id, check_request_id) }
    }
}
