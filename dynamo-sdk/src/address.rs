//! ROOM address.rs

pub(crate) mod names;
pub(crate) mod scope;
