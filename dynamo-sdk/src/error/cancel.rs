//! Causes of cancellation.

use std::fmt;

/// Why a request was stopped or killed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelCause {
    /// The caller requested it.
    Requested,
    /// The caller disconnected.
    CallerGone,
    /// The deadline of the call passed.
    Deadline,
    /// The runtime that handles the request is shutting down.
    Shutdown,
    /// The request stream was cut off, or a request could not be sent or decoded; holds the reason.
    BrokenInput(String),
    /// A pipeline node cancelled it; holds the reason.
    Operator(String),
}

impl fmt::Display for CancelCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("it was asked to stop"),
            Self::CallerGone => f.write_str("the caller is gone"),
            Self::Deadline => f.write_str("its deadline passed"),
            Self::Shutdown => f.write_str("the runtime is shutting down"),
            Self::BrokenInput(why) | Self::Operator(why) => f.write_str(why),
        }
    }
}
