//! The rules between several items.

pub(crate) mod endpoints;
