//! The options of an endpoint: how it is run, and how its calls are made. Nothing of this is in its signature.

use proc_macro2::Span;
use syn::{Expr, Ident, LitInt, LitStr};

use crate::attr::grammar::Args;
use crate::errors::Errors;
use crate::read::inputs::Inputs;
use crate::read::pipeline::Piped;

/// What `on_disconnect` may be; the first is the default.
pub(crate) const ON_DISCONNECT: &[&str] = &["kill", "stop", "ignore"];

/// The units of a duration and what each is in milliseconds, the longer suffix first.
const UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// The options of one endpoint; what is not given is the default of the SDK and leaves no trace in the code.
#[derive(Default)]
pub(crate) struct Options {
    /// In milliseconds.
    pub(crate) timeout: Option<u64>,
    /// How many run and how many wait.
    pub(crate) max_in_flight: Option<(LitInt, Option<LitInt>)>,
    pub(crate) on_disconnect: Option<OnDisconnect>,
    pub(crate) idempotent: bool,
    pub(crate) cpu: bool,
    pub(crate) canary: Option<Expr>,
    pub(crate) piped: Option<Piped>,
}

/// What happens to the handler when its caller is gone, unless it is the default.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDisconnect {
    Stop,
    Ignore,
}

impl Options {
    /// Reads the options; `inputs` are the arguments of the handler, where they can be told.
    pub(crate) fn read(args: &Args, inputs: Option<&Inputs>, errors: &mut Errors) -> Self {
        let timeout = args.text("timeout").and_then(|text| match milliseconds(text) {
            Ok(limit) => Some(limit),
            Err(error) => {
                errors.push(error);
                None
            }
        });
        Self {
            timeout,
            max_in_flight: max_in_flight(args, errors),
            on_disconnect: args.word("on_disconnect").and_then(|word| on_disconnect(word, inputs, errors)),
            idempotent: args.flag("idempotent"),
            cpu: args.flag("cpu"),
            piped: Piped::read(args, errors),
            canary: args.expr("canary").filter(|canary| may_have_canary(canary, inputs, errors)).cloned(),
        }
    }
}

/// A canary sends one request, and waits for the response to it.
fn may_have_canary(canary: &Expr, inputs: Option<&Inputs>, errors: &mut Errors) -> bool {
    let takes_stream = inputs.and_then(|inputs| inputs.request.as_ref()?.item.as_ref()).is_some();
    if takes_stream {
        errors.at(
            canary,
            "a canary is one request, and this endpoint takes a stream of them; write a `#[health]` hook",
        );
    }
    !takes_stream
}

fn max_in_flight(args: &Args, errors: &mut Errors) -> Option<(LitInt, Option<LitInt>)> {
    let (running, queue) = (args.number("max_in_flight"), args.number("queue"));
    let Some(running) = running else {
        if let Some(queue) = queue {
            errors.at(
                queue,
                "`queue` says how many calls wait when `max_in_flight` run: write `max_in_flight = …, queue = …`",
            );
        }
        return None;
    };
    if running.base10_parse::<usize>().is_ok_and(|running| running == 0) {
        errors.at(running, "`max_in_flight = 0` would refuse every call; write at least 1");
    }
    Some((running.clone(), queue.cloned()))
}

fn on_disconnect(word: &Ident, inputs: Option<&Inputs>, errors: &mut Errors) -> Option<OnDisconnect> {
    match &*word.to_string() {
        "stop" => {
            if inputs.is_some_and(|inputs| !inputs.context) {
                errors.at(
                    word,
                    "only a handler with a `Context` hears a stop: take `(&self, cx: Context, request: T)`, or write \
                     `on_disconnect = kill`",
                );
            }
            Some(OnDisconnect::Stop)
        }
        "ignore" => Some(OnDisconnect::Ignore),
        _ => None,
    }
}

/// Reads `250ms`, `5s`, `1m` or `1h`.
fn milliseconds(text: &LitStr) -> syn::Result<u64> {
    let value = text.value();
    let number_len = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let (number, unit) = value.split_at(number_len);
    let wrong = |why: String| {
        let message = format!(
            "timeout {value:?}: {why}; write a whole number and `ms`, `s`, `m` or `h`, as in `\"250ms\"`"
        );
        Err(syn::Error::new(text.span(), message))
    };
    let Some((_, factor)) = UNITS.iter().find(|(known, _)| unit.trim() == *known) else {
        return wrong(match unit.trim() {
            "" if number.is_empty() => "it is empty".to_owned(),
            "" => "it has no unit".to_owned(),
            unit if number.is_empty() || unit.starts_with('.') => {
                "it is no whole number with a unit".to_owned()
            }
            unit => format!("`{unit}` is no unit"),
        });
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(*factor)) {
        None if number.is_empty() => wrong("it has no number".to_owned()),
        None => wrong("it is too long".to_owned()),
        Some(0) => wrong("no call ends in no time".to_owned()),
        Some(limit) => Ok(limit),
    }
}

/// The remedy for `timeout = 5`.
pub(crate) fn plain_number(span: Span, number: &str) -> syn::Error {
    let number = number.trim_start_matches('-');
    let message = format!(
        "`timeout` takes a number with its unit: `timeout = \"{number}s\"` or `timeout = \"{number}ms\"`"
    );
    syn::Error::new(span, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        let read = |text: &str| milliseconds(&LitStr::new(text, Span::call_site()));
        for (text, expected) in
            [("250ms", 250), ("5s", 5_000), ("1m", 60_000), ("2 s", 2_000), ("1h", 3_600_000)]
        {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        for (text, why) in [
            ("", "it is empty"),
            ("5", "it has no unit"),
            ("5min", "`min` is no unit"),
            ("s", "it has no number"),
            ("-5s", "it is no whole number"),
            ("1.5s", "it is no whole number"),
            ("0s", "no call ends in no time"),
            ("99999999999999999999s", "it is too long"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("timeout {text:?}: {why}")), "{error}");
        }
    }
}
