//! Acknowledgements: a worker's immediate reply to a request frame, long before the response
//! (docs/wire/request-plane.md#acknowledgement).

use bytes::Bytes;

/// Maximum length of an acknowledgement, read or written. Real ones are empty or a line of text.
pub(crate) const MAX_ACK_LEN: usize = 64 * 1024;

const OVERLOADED: &str = "Server overloaded: ";
const UNAVAILABLE: &str = "Server unavailable: ";
/// Replies of Dynamo's server to frames that it cannot parse. Dynamo's own client treats them as
/// acceptance and then waits for a connection that never comes.
const REFUSALS: [&str; 2] = ["Read error:", "Invalid endpoint path"];

/// The reply to a request frame or a NATS request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ack {
    /// The worker will connect back.
    Accepted,
    /// The worker is at capacity; carries its message.
    Overloaded(String),
    /// Nothing is served under the path; carries the worker's message.
    Unavailable(String),
    /// The worker could not parse the request; carries its whole message.
    Refused(String),
}

impl Ack {
    /// Parses the content of an acknowledgement. Unknown content counts as acceptance, as in Dynamo.
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

    /// Returns the content, truncated to [`MAX_ACK_LEN`].
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
