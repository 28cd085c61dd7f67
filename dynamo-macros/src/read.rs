//! Reads the items into models.

pub(crate) mod blocks;
pub(crate) mod component;
pub(crate) mod contract;
pub(crate) mod dependencies;
pub(crate) mod endpoints;
pub(crate) mod entry;
pub(crate) mod hook;
pub(crate) mod inputs;
pub(crate) mod node;
pub(crate) mod options;
pub(crate) mod pipeline;
pub(crate) mod response;
pub(crate) mod subscription;
pub(crate) mod wire_types;
