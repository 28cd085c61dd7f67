//! The operators in front of a handler.

use syn::{Expr, Type};

/// `pipeline = [...]` of an endpoint, and what callers see of it.
pub(crate) struct Pipeline {
    /// From the caller to the handler.
    pub(crate) operators: Vec<Expr>,
    /// What callers send if the handler takes another type, and its item if it is a stream.
    pub(crate) request: Option<(Type, Option<Type>)>,
    /// What callers receive if the handler returns another type; of a stream, one item.
    pub(crate) response: Option<Type>,
}
