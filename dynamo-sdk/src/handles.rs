//! ROOM handles.rs

pub(crate) mod namespace;
pub(crate) mod segment;
