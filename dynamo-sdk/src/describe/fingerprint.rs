//! A number that is the same wherever and whenever a contract is the same.

use serde_json::Value;

use crate::describe::{Description, Shape, TypeDescription};

/// The fingerprint of a description, as text.
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

/// FNV-1a of 64 bits. Each text is preceded by its length, so that no two lists of texts are one sequence of bytes.
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
        // The same width on every platform.
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

    /// A schema without what is only there for people, whatever the order of its keys.
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

/// What the keys of an object in a schema are.
#[derive(Clone, Copy, PartialEq)]
enum Keys {
    Keywords,
    /// The user's: a field may be called `title`.
    Names,
}

/// Keywords that say nothing about what travels.
const FOR_PEOPLE: &[&str] = &["$comment", "$schema", "deprecated", "description", "examples", "title"];

/// Keywords whose object has names as keys.
const NAMED: &[&str] = &["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];
