//! Stand-in for JSON schemas when the feature `schemars` is disabled.
//!
//! The macro crate may still have the feature enabled: it is built once for a program and its build
//! script, with the union of their features.

/// Expands to a function that returns no schema.
#[doc(hidden)]
#[macro_export]
macro_rules! __schema {
    ($type:ty) => {
        || ::core::option::Option::None
    };
}
