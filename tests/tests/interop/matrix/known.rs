//! Cells that cannot pass, and why: all of them for reasons that are not ours.

/// A cell, or several, that fail in a known way.
pub(crate) struct Known {
    /// Of which versions of Dynamo it is true.
    pub(crate) versions: &'static [&'static str],
    /// Whether their client calls us.
    pub(crate) to_us: bool,
    pub(crate) row: &'static str,
    /// On which planes.
    pub(crate) planes: &'static [&'static str],
    /// A part of what the failure says.
    pub(crate) says: &'static str,
    /// For the documentation.
    pub(crate) reason: &'static str,
}

pub(crate) const KNOWN: &[Known] = &[
    Known {
        versions: &["1.6.1", "1.5.1", "1.4.2"],
        to_us: false,
        row: "names",
        planes: &["nats"],
        says: "no responders on My-Ns_1_Abc.Echo-",
        reason: "Over NATS a Dynamo worker with an upper-case name registers one subject and subscribes to another, so \
                 that its own callers do not reach it either; an endpoint with a space it refuses to serve.",
    },
    Known {
        versions: &["1.6.1", "1.5.1", "1.4.2"],
        to_us: true,
        row: "bidi",
        planes: &["tcp", "nats"],
        says: "the package has no such call",
        reason: "The Python client cannot send a stream of requests. The captured calls of Dynamo's Rust client, which \
                 can, are replayed in `bad_peers/stream_callers.rs`.",
    },
    Known {
        versions: &["1.5.1", "1.4.2"],
        to_us: true,
        row: "refuse",
        planes: &["tcp", "nats"],
        says: "AssertionError: after InvalidRequest: Unavailable: No workers available",
        reason: "Before 1.6 a caller takes every error that comes instead of a stream for a fault of the worker, and \
                 leaves the worker alone for 5 s: here only that of an invalid request, as all others come in the \
                 stream; of Dynamo's own workers all of them.",
    },
];
