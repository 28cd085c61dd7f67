//! The models written as code. Nothing here fails or asks syn a question.

mod component;
mod dependencies;
mod endpoints;

pub(crate) use component::component;
pub(crate) use endpoints::endpoints;
