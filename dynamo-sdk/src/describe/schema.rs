//! The JSON schema of a type if it has one, decided at the place where the type is known.
//!
//! Method resolution prefers a method on `T` over one on `&T` (autoref specialization). Generated code
//! calls `schema` on a reference to a probe: the method that requires `JsonSchema` is chosen where it
//! applies, the fallback otherwise.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde_json::Value;

/// Carries a type into method resolution.
pub struct Probe<T>(pub PhantomData<fn() -> T>);

impl<T> std::fmt::Debug for Probe<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Probe")
    }
}

/// Implemented for probes of types with a schema.
pub trait WithSchema {
    /// Returns the schema.
    fn schema(&self) -> Option<Value>;
}

impl<T: JsonSchema> WithSchema for Probe<T> {
    fn schema(&self) -> Option<Value> {
        Some(schemars::schema_for!(T).to_value())
    }
}

/// Fallback for all other types.
pub trait WithoutSchema {
    /// Returns `None`.
    fn schema(&self) -> Option<Value>;
}

impl<T> WithoutSchema for &Probe<T> {
    fn schema(&self) -> Option<Value> {
        None
    }
}

/// Expands to a function that returns the schema of a type.
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
