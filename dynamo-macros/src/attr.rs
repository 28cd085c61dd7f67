//! The grammar of the attributes.

pub(crate) mod grammar;
pub(crate) mod sdk_path;
pub(crate) mod value;
