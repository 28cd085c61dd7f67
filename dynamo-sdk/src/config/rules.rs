//! Validation rules for settings.

use std::time::Duration;

use crate::config::server_url::ServerUrl;
use crate::error::{Error, ErrorKind, Result};

pub(super) fn invalid(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, what.into())
}

pub(super) fn not_zero(variable: &str, value: usize) -> Result<()> {
    if value == 0 { Err(invalid(format!("{variable} is 0; it must be at least 1"))) } else { Ok(()) }
}

pub(super) fn more_than_zero(variable: &str, value: Duration) -> Result<()> {
    if value.is_zero() {
        return Err(invalid(format!("{variable} is 0 seconds; it must be more than 0")));
    }
    Ok(())
}

pub(super) fn at_least(variable: &str, value: Duration, seconds: u64) -> Result<()> {
    if value < Duration::from_secs(seconds) {
        let value = value.as_secs_f64();
        return Err(invalid(format!("{variable} is {value} seconds; it must be at least {seconds}")));
    }
    Ok(())
}

/// Checks that `url` has the form `scheme://host...` with one of `schemes`.
pub(super) fn url(variable: &str, url: &ServerUrl, schemes: &[&str]) -> Result<()> {
    let good = url.address().split_once("://").is_some_and(|(scheme, rest)| {
        schemes.contains(&scheme)
            && !rest.trim_start_matches('/').is_empty()
            && !rest.contains(char::is_whitespace)
    });
    if good {
        return Ok(());
    }
    let forms: Vec<String> = schemes.iter().map(|scheme| format!("{scheme}://HOST:PORT")).collect();
    let (shown, forms) = (url.to_string(), forms.join(" or "));
    Err(invalid(format!("{variable}: {shown:?} is not a URL of the form {forms}")))
}

/// Returns the error for a setting that needs a disabled feature of the SDK.
pub(crate) fn not_built_in(setting: &str, feature: &str) -> Error {
    invalid(format!("{setting} is not built in; build with --features {feature}, or change the setting"))
}
