//! Contract fingerprints that are stable across builds and platforms.

use serde_json::Value;

use crate::describe::{Description, Shape, TypeDescription};

/// Returns the fingerprint of a description as hex.
pub(super) fn of(description: &Description) -> String {
    let mut endpoints: Vec<_> = description.endpoints.iter().collect();
    endpoints.sort_by(|one, other| one.name.cmp(&other.name));
    let mut hash = Hash::new();
    hash.text(description.component.component.as_str());
    for endpoint in endpoints {
        hash.text(endpoint.name.as_str());
        hash.text(match endpoint.shape {
            Shape::Unary => "unary",
            Shape::Stream => "stream",
            Shape::ClientStream => "client_stream",
            Shape::Bidirectional => "bidirectional",
        });
        hash.ty(&endpoint.request);
        hash.ty(&endpoint.response);
    }
    format!("{:016x}", hash.0)
}

/// 64-bit FNV-1a. Each string is prefixed with its length, so that different lists of strings never hash
/// the same bytes.
struct Hash(u64);

impl Hash {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn count(&mut self, count: usize) {
        // As `u64`, so that the width does not depend on the platform.
        self.bytes(&u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    fn ty(&mut self, ty: &TypeDescription) {
        match &ty.schema {
            Some(schema) => {
                self.text("schema");
                self.schema(schema, Keys::Keywords);
            }
            None => {
                self.text("name");
                self.text(&ty.name);
            }
        }
    }

    /// Hashes a schema, ignoring annotations and key order.
    fn schema(&mut self, schema: &Value, keys: Keys) {
        match schema {
            Value::Object(map) => {
                let mut entries: Vec<_> = map
                    .iter()
                    .filter(|(key, _)| keys == Keys::Names || !FOR_PEOPLE.contains(&key.as_str()))
                    .collect();
                entries.sort_by_key(|(key, _)| *key);
                self.count(entries.len());
                for (key, value) in entries {
                    self.text(key);
                    let of_names = keys == Keys::Keywords && NAMED.contains(&key.as_str());
                    self.schema(value, if of_names { Keys::Names } else { Keys::Keywords });
                }
            }
            Value::Array(items) => {
                self.count(items.len());
                items.iter().for_each(|item| self.schema(item, Keys::Keywords));
            }
            plain => self.text(&plain.to_string()),
        }
    }
}

/// How to interpret the keys of a schema object.
#[derive(Clone, Copy, PartialEq)]
enum Keys {
    Keywords,
    /// Chosen by the user: a field may be called `title`.
    Names,
}

/// Keywords that do not affect what is serialized.
const FOR_PEOPLE: &[&str] = &["$comment", "$schema", "deprecated", "description", "examples", "title"];

/// Keywords whose object maps user-chosen names to schemas.
const NAMED: &[&str] = &["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];
