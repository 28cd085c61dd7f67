//! Deferred access to the name and the schema of a type.

use std::any::type_name;

use serde_json::Value;

/// A type whose name and schema are computed on demand.
#[derive(Clone, Copy)]
pub(crate) struct TypeInfo {
    /// Returns the full path, as printed by the compiler.
    pub(crate) name: fn() -> &'static str,
    /// Returns the schema, or `None` if the type is not known to have one.
    pub(crate) schema: fn() -> Option<Value>,
}

impl TypeInfo {
    pub(crate) fn of<T>() -> Self {
        Self { name: type_name::<T>, schema: || None }
    }
}
