//! Acknowledgements: what a worker answers to a request frame, long before the work is done (WIRE 2.1.5).

use bytes::Bytes;

/// The longest acknowledgement that is read or written. Real ones are empty or a line of text.
pub(crate) const MAX_ACK_LEN: usize = 64 * 1024;

const OVERLOADED: &str = "Server overloaded: ";
const UNAVAILABLE: &str = "Server unavailable: ";
/// What Dynamo's server says about frames it cannot read. Dynamo's own client takes these for an acceptance and then
/// waits for a call that never comes.
const REFUSALS: [&str; 2] = ["Read error:", "Invalid endpoint path"];

/// What became of a request frame, or of a NATS request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ack {
    /// The worker will call home.
    Accepted,
    /// The worker has as much work as it takes; the text is its own.
    Overloaded(String),
    /// Nothing serves the path; the text is the worker's own.
    Unavailable(String),
    /// The worker could not make sense of the request; all that it said.
    Refused(String),
}

impl Ack {
    /// Reads the content of an acknowledgement. What is not known is an acceptance, as it is for Dynamo.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        if let Some(message) = bytes.strip_prefix(OVERLOADED.as_bytes()) {
            Self::Overloaded(text(message))
        } else if let Some(message) = bytes.strip_prefix(UNAVAILABLE.as_bytes()) {
            Self::Unavailable(text(message))
        } else if REFUSALS.iter().any(|prefix| bytes.starts_with(prefix.as_bytes())) {
            Self::Refused(text(bytes))
        } else {
            Self::Accepted
        }
    }

    /// The content, cut to [`MAX_ACK_LEN`].
    pub(crate) fn to_bytes(&self) -> Bytes {
        let (prefix, message) = match self {
            Self::Accepted => return Bytes::new(),
            Self::Overloaded(message) => (OVERLOADED, message),
            Self::Unavailable(message) => (UNAVAILABLE, message),
            Self::Refused(message) => ("", message),
        };
        let mut text = format!("{prefix}{message}");
        text.truncate(text.floor_char_boundary(MAX_ACK_LEN));
        text.into()
    }
}
