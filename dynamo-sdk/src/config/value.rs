//! Parsing and formatting of single settings.

use std::path::PathBuf;
use std::time::Duration;

/// A type that a setting may have.
pub(crate) trait Value: Sized {
    /// Parses `text`. The error describes the accepted values.
    fn parse(text: &str) -> Result<Self, String>;
    /// Formats the value for logs and docs.
    fn show(&self) -> String;
}

macro_rules! number {
    ($($type:ty),+) => {$(
        impl Value for $type {
            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("a whole number from 0 to {}", <$type>::MAX))
            }
            fn show(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
number!(u16, u32, usize);

/// A number of seconds, optionally with decimals.
impl Value for Duration {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse::<f64>()
            .ok()
            .and_then(|seconds| Self::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| "a number of seconds, such as 5 or 0.25".to_owned())
    }
    fn show(&self) -> String {
        self.as_secs_f64().to_string()
    }
}

impl Value for bool {
    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            _ => Err("true or false".to_owned()),
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for String {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
    fn show(&self) -> String {
        without_login(self)
    }
}

/// Masks user and password in URLs; leaves other text unchanged.
pub(super) fn without_login(text: &str) -> String {
    let shown = text.split(',').map(|url| match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://***{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    });
    shown.collect::<Vec<_>>().join(",")
}

impl Value for PathBuf {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Value for Vec<String> {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }
    fn show(&self) -> String {
        if self.is_empty() { "unset".to_owned() } else { without_login(&self.join(",")) }
    }
}

impl<T: Value> Value for Option<T> {
    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "unset".to_owned(), Value::show)
    }
}
