//! What the attributes mean, as plain data: read by `read`, judged by `check`, written out by `expand`.

pub(crate) mod block;
pub(crate) mod blocks;
pub(crate) mod carried;
pub(crate) mod component;
pub(crate) mod contract;
pub(crate) mod endpoint;
pub(crate) mod entry;
pub(crate) mod hook;
pub(crate) mod node;
pub(crate) mod omitted;
pub(crate) mod options;
pub(crate) mod pipeline;
pub(crate) mod response;
pub(crate) mod sdk_path;
pub(crate) mod subscription;

/// The item that an attribute stands on.
pub(crate) enum Model {
    Component(Box<component::Component>),
    Contract(Box<contract::Contract>),
    Block(Box<block::Block>),
    Node(Box<node::Node>),
    Entry(Box<entry::Entry>),
}
