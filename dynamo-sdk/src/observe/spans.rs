//! The `tracing` spans of calls and requests.
//!
//! The spans have level DEBUG, like those of `tower-http` and `h2`, and cost nothing under a subscriber for
//! INFO, the default of most programs. Enable them with `dynamo_sdk::call=debug` and
//! `dynamo_sdk::request=debug`.

use tracing::field::{Empty, display};
use tracing::span::Entered;
use tracing::{Level, Span, span};

use crate::address::ids::InstanceId;
use crate::observe::observer::{CallInfo, CallOutcome, RequestInfo, RequestOutcome};

/// Enters a span, if a subscriber is interested in it.
pub(crate) fn enter(span: &Span) -> Option<Entered<'_>> {
    (!span.is_disabled()).then(|| span.enter())
}

/// The span of a call. Fields are built only for an interested subscriber.
pub(super) fn call(call: &CallInfo<'_>) -> Span {
    span!(
        target: "dynamo_sdk::call",
        Level::DEBUG,
        "call",
        endpoint = %call.endpoint,
        request_id = call.request_id,
        trace_id = call.trace_id,
        instance = Empty,
        attempt = Empty,
        outcome = Empty,
        error = Empty,
    )
}

pub(super) fn attempt(span: &Span, instance: InstanceId, number: u32) {
    if !span.is_disabled() {
        span.record("instance", display(instance)).record("attempt", number);
    }
}

pub(super) fn call_outcome(span: &Span, outcome: CallOutcome<'_>) {
    if span.is_disabled() {
        return;
    }
    match outcome {
        CallOutcome::Succeeded => span.record("outcome", "succeeded"),
        CallOutcome::Failed(error) => span.record("outcome", "failed").record("error", display(error)),
        CallOutcome::Dropped => span.record("outcome", "dropped"),
    };
}

/// The span of a handled request.
pub(super) fn request(request: &RequestInfo<'_>) -> Span {
    span!(
        target: "dynamo_sdk::request",
        Level::DEBUG,
        "request",
        endpoint = %request.endpoint,
        request_id = request.request_id,
        trace_id = request.trace_id,
        instance = %request.instance,
        outcome = Empty,
        error = Empty,
    )
}

pub(super) fn request_outcome(span: &Span, outcome: RequestOutcome) {
    if span.is_disabled() {
        return;
    }
    match outcome {
        RequestOutcome::Succeeded => span.record("outcome", "succeeded"),
        RequestOutcome::Failed(class) => span.record("outcome", "failed").record("error", class.as_str()),
        RequestOutcome::Cancelled => span.record("outcome", "cancelled"),
    };
}
