//! The error for an invalid name or address.

use std::fmt;
use std::num::ParseIntError;

/// An invalid name or address. `Display` names the offending text, the rule it breaks, and how to fix
/// it.
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
