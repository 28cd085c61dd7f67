//! Headers in a request frame of the TCP request plane: a JSON object.

use crate::wire::headers::Headers;

/// Repeats the endpoint path; TCP only.
pub(crate) const ENDPOINT_PATH: &str = "x-endpoint-path";

impl Headers {
    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Serializing strings into memory cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Parses a JSON object of strings. Anything else yields no headers, as in Dynamo.
    pub(crate) fn from_json(json: &[u8]) -> Self {
        serde_json::from_slice(json).unwrap_or_default()
    }
}
