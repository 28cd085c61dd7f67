//! The JSON schema of a type if it has one, and nothing if not: decided where the type is known.
//!
//! A method on `T` is found before one on `&T`. So the generated code calls `schema` on a reference to a probe: the method
//! that needs `JsonSchema` wins where it applies, the other one is there for all types.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde_json::Value;

/// Stands for a type.
pub struct Probe<T>(pub PhantomData<fn() -> T>);

impl<T> std::fmt::Debug for Probe<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Probe")
    }
}

/// For types with a schema.
pub trait WithSchema {
    /// The schema.
    fn schema(&self) -> Option<Value>;
}

impl<T: JsonSchema> WithSchema for Probe<T> {
    fn schema(&self) -> Option<Value> {
        Some(schemars::schema_for!(T).to_value())
    }
}

/// For all others.
pub trait WithoutSchema {
    /// Nothing.
    fn schema(&self) -> Option<Value>;
}

impl<T> WithoutSchema for &Probe<T> {
    fn schema(&self) -> Option<Value> {
        None
    }
}

/// The schema of a type, as a function that makes it.
#[doc(hidden)]
#[macro_export]
macro_rules! __schema {
    ($type:ty) => {
        || {
            use $crate::__private::{WithSchema as _, WithoutSchema as _};
            (&$crate::__private::Probe::<$type>(::core::marker::PhantomData)).schema()
        }
    };
}
