//! The attributes, their keys and the values behind these. Knows keys, not items.

pub(crate) mod args;
pub(crate) mod duration;
pub(crate) mod grammar;
mod value;
