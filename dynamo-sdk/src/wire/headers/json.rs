//! Headers in a request frame of the TCP request plane: a JSON object.

use crate::wire::headers::Headers;

/// The path of the endpoint once more; TCP only.
pub(crate) const ENDPOINT_PATH: &str = "x-endpoint-path";

impl Headers {
    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Writing strings into memory does not fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a JSON object of strings. Anything else is no headers, as it is for Dynamo.
    pub(crate) fn from_json(json: &[u8]) -> Self {
        serde_json::from_slice(json).unwrap_or_default()
    }
}
