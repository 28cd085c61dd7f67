//! Conversion of headers between requests and NATS messages, and the size of a message.

use async_nats::{HeaderMap, HeaderValue};

use crate::wire::headers::Headers;

/// `NATS/1.0` and the empty line that ends the headers.
const FRAME: usize = "NATS/1.0\r\n".len() + "\r\n".len();

/// Converts to message headers. A value with a line break cannot be represented and is dropped: headers
/// serve logs and traces, and are no reason to fail a call.
pub(super) fn to_nats(headers: &Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter() {
        match value.parse::<HeaderValue>() {
            Ok(value) => map.insert(name, value),
            Err(_) => {
                tracing::debug!(name, "dropped a header with a line break, which NATS cannot represent");
            }
        }
    }
    map
}

/// Converts from message headers. If a name has several values, the last one counts, as on TCP.
pub(super) fn from_nats(map: Option<&HeaderMap>) -> Headers {
    let mut headers = Headers::new();
    for (name, values) in map.into_iter().flat_map(HeaderMap::iter) {
        if let Some(value) = values.last() {
            headers.insert(name.to_string(), value.as_str());
        }
    }
    headers
}

/// Returns the size that counts against the server's `max_payload`.
pub(super) fn size(headers: &HeaderMap, payload: usize) -> usize {
    let line = |name: &str, value: &str| name.len() + ": ".len() + value.len() + "\r\n".len();
    let lines = headers.iter().flat_map(|(name, values)| {
        let name: &str = name.as_ref();
        values.iter().map(move |value| line(name, value.as_str()))
    });
    let lines: usize = lines.sum();
    if headers.is_empty() { payload } else { FRAME + lines + payload }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured() -> Headers {
        let mut headers = Headers::new();
        headers.insert("x-frontend-send-ts-ns", "1795344753644297391");
        headers.insert("request-id", "11111111-2222-4333-8444-555555555555");
        headers
    }

    #[test]
    fn the_size_is_that_of_the_captured_request() {
        assert_eq!(size(&to_nats(&captured()), 388), 494);
        assert_eq!(size(&HeaderMap::new(), 388), 388);
    }

    #[test]
    fn headers_survive_and_one_that_cannot_travel_is_left_out() {
        let mut headers = captured();
        headers.insert("x-request-id", "two\r\nlines");
        let arrived = from_nats(Some(&to_nats(&headers)));
        assert_eq!(arrived.get("request-id"), Some("11111111-2222-4333-8444-555555555555"));
        assert_eq!(arrived.get("x-request-id"), None);
        assert_eq!(from_nats(None), Headers::new());
    }
}
