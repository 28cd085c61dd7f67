//! What stands for the schema of a type where the feature `schemars` is off.
//!
//! The macros may have it on all the same: they are built once for a program and its build script, and with what either of
//! the two asks for.

/// No schema of a type, as a function.
#[doc(hidden)]
#[macro_export]
macro_rules! __schema {
    ($type:ty) => {
        || ::core::option::Option::None
    };
}
