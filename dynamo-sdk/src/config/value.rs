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
        self.clone()
    }
}

impl Value for PathBuf {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
    fn show(&self) -> String {
        self.display().to_string()
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
