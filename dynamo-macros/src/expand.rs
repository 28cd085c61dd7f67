//! Writes a model out as code. Nothing here fails; the code is a list, and what it does is in the SDK's
//! `__private`.

mod block;
mod blocks;
mod client;
mod component;
mod contract;
mod entry;
mod fields;
mod hook;
mod lints;
mod mount;
mod node;
mod options;
mod schemas;
mod sdk_path;
mod server;
mod subscription;

use proc_macro2::TokenStream;

use crate::model::Model;
use crate::model::omitted::Omitted;

/// The code of a model, without what is `omitted`.
pub(crate) fn expand(model: &Model, omitted: &Omitted) -> TokenStream {
    match model {
        Model::Component(model) => component::component(model),
        Model::Contract(model) => contract::contract(model, omitted),
        Model::Block(model) => block::block(model, omitted),
        Model::Node(model) => node::node(model),
        Model::Entry(model) => entry::entry(model),
    }
}
