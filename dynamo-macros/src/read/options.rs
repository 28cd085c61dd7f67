//! Reads the options of an endpoint.

use syn::{Expr, Ident, LitInt};

use super::pipeline;
use crate::attr::args::Args;
use crate::errors::Errors;
use crate::model::endpoint::Inputs;
use crate::model::options::{OnDisconnect, Options};

/// Reads the options; `inputs` are the arguments of the handler, if these could be read.
pub(super) fn read(args: &Args, inputs: Option<&Inputs>, errors: &mut Errors) -> Options {
    Options {
        timeout_ms: args.milliseconds("timeout"),
        max_in_flight: max_in_flight(args, errors),
        on_disconnect: args.word("on_disconnect").and_then(|word| on_disconnect(word, inputs, errors)),
        idempotent: args.flag("idempotent"),
        cpu: args.flag("cpu"),
        pipeline: pipeline::read(args, errors),
        canary: args.expr("canary").filter(|canary| may_have_canary(canary, inputs, errors)).cloned(),
    }
}

/// Whether the endpoint takes one request, as a canary is one.
fn may_have_canary(canary: &Expr, inputs: Option<&Inputs>, errors: &mut Errors) -> bool {
    let takes_stream = inputs.and_then(|inputs| inputs.request.as_ref()?.item.as_ref()).is_some();
    if takes_stream {
        errors.at(
            canary,
            "a canary is a single request, but this endpoint takes a stream: write a `#[health]` hook",
        );
    }
    !takes_stream
}

fn max_in_flight(args: &Args, errors: &mut Errors) -> Option<(LitInt, Option<LitInt>)> {
    let (running, queue) = (args.number("max_in_flight"), args.number("queue"));
    let Some(running) = running else {
        if let Some(queue) = queue {
            errors.at(queue, "`queue` requires `max_in_flight`: write `max_in_flight = …, queue = …`");
        }
        return None;
    };
    if running.base10_parse::<usize>().is_ok_and(|running| running == 0) {
        errors.at(running, "`max_in_flight = 0` would reject every call: write at least 1");
    }
    Some((running.clone(), queue.cloned()))
}

fn on_disconnect(word: &Ident, inputs: Option<&Inputs>, errors: &mut Errors) -> Option<OnDisconnect> {
    match &*word.to_string() {
        "stop" => {
            if inputs.is_some_and(|inputs| !inputs.context) {
                errors.at(
                    word,
                    "only a handler with a `Context` can observe a stop: take `(&self, cx: Context, \
                     request: T)`, or write \
                     `on_disconnect = kill`",
                );
            }
            Some(OnDisconnect::Stop)
        }
        "ignore" => Some(OnDisconnect::Ignore),
        _ => None,
    }
}
