//! The models written as code. Nothing here fails or asks syn a question.

mod blocks;
mod component;
mod contract;
mod dependencies;
mod endpoints;
mod node;
mod subscription;

/// Whether the code says how the schemas of types are made. The expansions that are compared do not.
const SCHEMAS: bool = cfg!(all(feature = "schemars", not(test)));

pub(crate) use component::component;
pub(crate) use contract::{contract, declaration};
pub(crate) use endpoints::endpoints;
pub(crate) use node::node;
