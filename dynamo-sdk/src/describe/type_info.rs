//! A type that travels, as something that can be asked for its name and its schema.

use std::any::type_name;

use serde_json::Value;

/// A type, of which nothing is worked out before somebody asks.
#[derive(Clone, Copy)]
pub(crate) struct TypeInfo {
    /// With the modules it is in, in the form of the compiler.
    pub(crate) name: fn() -> &'static str,
    /// Nothing if it is not known to have one.
    pub(crate) schema: fn() -> Option<Value>,
}

impl TypeInfo {
    pub(crate) fn of<T>() -> Self {
        Self { name: type_name::<T>, schema: || None }
    }
}
