//! Why a request was cancelled.

use std::fmt;

/// Why a request was stopped or killed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelCause {
    /// The caller asked for it.
    Requested,
    /// The caller, or its connection, is gone.
    CallerGone,
    /// The deadline of the call passed.
    Deadline,
    /// The runtime that serves the request is shutting down.
    Shutdown,
    /// The stream of requests broke off, or one of them could not be read or sent, and which.
    BrokenInput(String),
    /// A node on the way decided so, and says why.
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
