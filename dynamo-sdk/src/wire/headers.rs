//! Request headers: a JSON object in a TCP frame, message headers on NATS
//! (docs/wire/headers.md#request-headers).

#[cfg(any(feature = "tcp", test))]
pub(crate) mod json;

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// The request id, for logs; the one in the control message is authoritative.
pub(crate) const REQUEST_ID: &str = "request-id";
/// When the caller sent the request, in decimal nanoseconds since the Unix epoch.
pub(crate) const SEND_TIME_NS: &str = "x-frontend-send-ts-ns";
/// The trace context of the call, as defined by W3C.
pub(crate) const TRACEPARENT: &str = "traceparent";
/// Vendor-specific trace data.
pub(crate) const TRACESTATE: &str = "tracestate";
/// An id assigned outside of Dynamo, passed through.
pub(crate) const X_REQUEST_ID: &str = "x-request-id";
/// The caller's remaining time, in decimal milliseconds. SDK extension; Dynamo ignores it.
pub(crate) const TIMEOUT_MS: &str = "x-dynamo-sdk-timeout-ms";

/// Names and values in insertion order. There are only a handful, so lookup is a linear scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headers(Vec<(String, String)>);

impl Headers {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Returns the value of `name`, the last one if it is repeated.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets `name`, replacing any previous value.
    pub(crate) fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value.into()));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }

            // Duplicate names are kept: checking for them here would be quadratic for a hostile map.
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Headers(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::headers::json::ENDPOINT_PATH;

    #[test]
    fn the_order_is_that_of_insertion_and_survives_json() {
        let mut headers = Headers::new();
        headers.insert(SEND_TIME_NS, "12");
        headers.insert(REQUEST_ID, "a\"b");
        headers.insert(ENDPOINT_PATH, "1/n/c/e");
        let json = headers.to_json();
        assert_eq!(
            str::from_utf8(&json).unwrap(),
            r#"{"x-frontend-send-ts-ns":"12","request-id":"a\"b","x-endpoint-path":"1/n/c/e"}"#
        );
        assert_eq!(Headers::from_json(&json), headers);
    }

    #[test]
    fn inserting_a_name_again_replaces_its_value() {
        let mut headers = Headers::new();
        headers.insert(TIMEOUT_MS, "1");
        headers.insert(TIMEOUT_MS, "2");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [(TIMEOUT_MS, "2")]);
        assert_eq!(headers.get(TIMEOUT_MS), Some("2"));
        assert_eq!(headers.get(REQUEST_ID), None);
    }

    #[test]
    fn of_a_name_that_arrives_twice_the_last_value_counts() {
        assert_eq!(Headers::from_json(br#"{"a":"1","b":"2","a":"3"}"#).get("a"), Some("3"));
    }

    #[test]
    fn what_is_not_an_object_of_strings_is_no_headers() {
        for json in ["", "{", "[]", "null", r#"{"a":1}"#, r#"["a","b"]"#, "\u{0}"] {
            assert_eq!(Headers::from_json(json.as_bytes()), Headers::new(), "{json}");
        }
    }
}
