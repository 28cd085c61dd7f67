//! Which durations are accepted.

use proc_macro2::Span;
use syn::LitStr;

use crate::attr::duration::milliseconds;

#[test]
fn a_duration_is_a_number_and_a_unit() {
    let read = |text: &str| milliseconds("timeout", &LitStr::new(text, Span::call_site()));
    for (text, expected) in [("250ms", 250), ("5s", 5_000), ("1m", 60_000), ("2 s", 2_000), ("1h", 3_600_000)]
    {
        assert_eq!(read(text).unwrap(), expected, "{text}");
    }
    for (text, why) in [
        ("", "it is empty"),
        ("5", "it has no unit"),
        ("5min", "`min` is not a unit"),
        ("s", "it has no number"),
        ("-5s", "it is not a whole number"),
        ("1.5s", "it is not a whole number"),
        ("0s", "no call completes in no time"),
        ("99999999999999999999s", "it is too long"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("timeout {text:?}: {why}")), "{error}");
    }
}
