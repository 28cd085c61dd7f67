//! Durations: a whole number and a unit.

use proc_macro2::Span;
use syn::LitStr;

/// The units of a duration and what each is in milliseconds, the longer suffix first.
const UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Reads `250ms`, `5s`, `1m` or `1h`.
pub(crate) fn milliseconds(key: &str, text: &LitStr) -> syn::Result<u64> {
    let value = text.value();
    let number_len = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let (number, unit) = value.split_at(number_len);
    let wrong = |why: String| {
        let message = format!(
            "{key} {value:?}: {why}; write a whole number and `ms`, `s`, `m` or `h`, as in `\"250ms\"`"
        );
        Err(syn::Error::new(text.span(), message))
    };
    let Some((_, factor)) = UNITS.iter().find(|(known, _)| unit.trim() == *known) else {
        return wrong(match unit.trim() {
            "" if number.is_empty() => "it is empty".to_owned(),
            "" => "it has no unit".to_owned(),
            unit if number.is_empty() || unit.starts_with('.') => {
                "it is not a whole number with a unit".to_owned()
            }
            unit => format!("`{unit}` is not a unit"),
        });
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(*factor)) {
        None if number.is_empty() => wrong("it has no number".to_owned()),
        None => wrong("it is too long".to_owned()),
        Some(0) => wrong("no call completes in no time".to_owned()),
        Some(limit) => Ok(limit),
    }
}

/// The error about `timeout = 5`.
pub(crate) fn without_unit(key: &str, span: Span, number: &str) -> syn::Error {
    let number = number.trim_start_matches('-');
    let message =
        format!("`{key}` takes a number with its unit: `{key} = \"{number}s\"` or `{key} = \"{number}ms\"`");
    syn::Error::new(span, message)
}
