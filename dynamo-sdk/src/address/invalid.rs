//! The error of a name or an address that breaks its rule.

use std::fmt;
use std::num::ParseIntError;

/// A name or an address that breaks its rule. `Display` says what, where and how to write it instead.
#[derive(Debug)]
pub struct InvalidName {
    message: String,
    source: Option<ParseIntError>,
}

impl InvalidName {
    pub(crate) fn new(message: String) -> Self {
        Self { message, source: None }
    }

    pub(crate) fn with_source(message: String, source: ParseIntError) -> Self {
        Self { message, source: Some(source) }
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for InvalidName {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
